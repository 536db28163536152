; Inno Setup: iscc /DVersion=0.1.0 installer\windows\nnstudio.iss, after python installer/build.py made dist\nnstudio
[Setup]
AppId={{6B0C3A5E-5B0A-4C57-9C56-7A1C2A6C5D11}
AppName=NN Studio
AppVersion={#Version}
DefaultDirName={autopf}\NN Studio
DefaultGroupName=NN Studio
PrivilegesRequired=lowest
ChangesAssociations=yes
OutputDir=..\..\dist
OutputBaseFilename=nnstudio-{#Version}-windows
Compression=lzma2
SolidCompression=yes
UninstallDisplayIcon={app}\nnstudio-gui.exe

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Files]
Source: "..\..\dist\nnstudio\*"; DestDir: "{app}"; Flags: recursesubdirs ignoreversion

[Icons]
Name: "{group}\NN Studio"; Filename: "{app}\nnstudio-gui.exe"; Parameters: "gui"

[Registry]
Root: HKA; Subkey: "Software\Classes\.nns"; ValueType: string; ValueData: "NNStudio.Project"; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\NNStudio.Project"; ValueType: string; ValueData: "NN Studio project"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\NNStudio.Project\DefaultIcon"; ValueType: string; ValueData: "{app}\nnstudio-gui.exe,0"
Root: HKA; Subkey: "Software\Classes\NNStudio.Project\shell\open\command"; ValueType: string; ValueData: """{app}\nnstudio-gui.exe"" gui ""%1"""
