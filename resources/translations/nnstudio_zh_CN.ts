<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>nnstudio</name>
  <message>
   <source>New</source>
   <translation>新建</translation>
  </message>
  <message>
   <source>Open …</source>
   <translation>打开…</translation>
  </message>
  <message>
   <source>Save</source>
   <translation>保存</translation>
  </message>
  <message>
   <source>Save as …</source>
   <translation>另存为…</translation>
  </message>
  <message>
   <source>Export Python …</source>
   <translation>导出 Python…</translation>
  </message>
  <message>
   <source>Quit</source>
   <translation>退出</translation>
  </message>
  <message>
   <source>Undo</source>
   <translation>撤销</translation>
  </message>
  <message>
   <source>Redo</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Cut</source>
   <translation>剪切</translation>
  </message>
  <message>
   <source>Copy</source>
   <translation>复制</translation>
  </message>
  <message>
   <source>Paste</source>
   <translation>粘贴</translation>
  </message>
  <message>
   <source>Duplicate</source>
   <translation>复制一份</translation>
  </message>
  <message>
   <source>Rename</source>
   <translation>重命名</translation>
  </message>
  <message>
   <source>Delete</source>
   <translation>删除</translation>
  </message>
  <message>
   <source>Select all</source>
   <translation>全选</translation>
  </message>
  <message>
   <source>Select everything downstream</source>
   <translation>选择所有下游节点</translation>
  </message>
  <message>
   <source>Select everything upstream</source>
   <translation>选择所有上游节点</translation>
  </message>
  <message>
   <source>Invert the selection</source>
   <translation>反选</translation>
  </message>
  <message>
   <source>Tidy up</source>
   <translation>整理</translation>
  </message>
  <message>
   <source>Distribute horizontally</source>
   <translation>水平均匀分布</translation>
  </message>
  <message>
   <source>Distribute vertically</source>
   <translation>垂直均匀分布</translation>
  </message>
  <message>
   <source>Quick search to add …</source>
   <translation>快速搜索并添加…</translation>
  </message>
  <message>
   <source>Add a comment</source>
   <translation>添加注释</translation>
  </message>
  <message>
   <source>Bookmark this view …</source>
   <translation>为此视图加书签…</translation>
  </message>
  <message>
   <source>Fit the selection</source>
   <translation>缩放到所选</translation>
  </message>
  <message>
   <source>Map of the network</source>
   <translation>网络缩略图</translation>
  </message>
  <message>
   <source>Do anything …</source>
   <translation>命令面板…</translation>
  </message>
  <message>
   <source>Help</source>
   <translation>帮助</translation>
  </message>
  <message>
   <source>Lesson …</source>
   <translation>课程…</translation>
  </message>
  <message>
   <source>Tour</source>
   <translation>导览</translation>
  </message>
  <message>
   <source>Beginner view</source>
   <translation>初学者视图</translation>
  </message>
  <message>
   <source>Only what a first lesson needs: fewer layers, panels and settings</source>
   <translation>只显示第一课所需：更少的层、面板和设置</translation>
  </message>
  <message>
   <source>Keyboard shortcuts …</source>
   <translation>键盘快捷键…</translation>
  </message>
  <message>
   <source>History</source>
   <translation>历史</translation>
  </message>
  <message>
   <source>Find on the canvas …</source>
   <translation>在画布上查找…</translation>
  </message>
  <message>
   <source>Recover unsaved work …</source>
   <translation>恢复未保存的内容…</translation>
  </message>
  <message>
   <source>Settings …</source>
   <translation>设置…</translation>
  </message>
  <message>
   <source>New window</source>
   <translation>新建窗口</translation>
  </message>
  <message>
   <source>Fit to window</source>
   <translation>适应窗口</translation>
  </message>
  <message>
   <source>Zoom in</source>
   <translation>放大</translation>
  </message>
  <message>
   <source>Zoom out</source>
   <translation>缩小</translation>
  </message>
  <message>
   <source>Search layers</source>
   <translation>搜索网络层</translation>
  </message>
  <message>
   <source>Run</source>
   <translation>运行</translation>
  </message>
  <message>
   <source>Step</source>
   <translation>单步</translation>
  </message>
  <message>
   <source>Undo training step</source>
   <translation>撤销训练步</translation>
  </message>
  <message>
   <source>Look at a sample</source>
   <translation>查看一个样本</translation>
  </message>
  <message>
   <source>Export the walk …</source>
   <translation>导出分步过程…</translation>
  </message>
  <message>
   <source>Report …</source>
   <translation>报告…</translation>
  </message>
  <message>
   <source>New start weights for every run</source>
   <translation>每次训练使用新的初始权重</translation>
  </message>
  <message>
   <source>Off: every run begins from the same start weights, so that one change can be compared</source>
   <translation>关闭时：每次训练都从相同的初始权重开始，便于比较单个改动</translation>
  </message>
  <message>
   <source>Reset</source>
   <translation>重置</translation>
  </message>
  <message>
   <source>Train until …</source>
   <translation>训练直到…</translation>
  </message>
  <message>
   <source>Back to the best weights</source>
   <translation>恢复最佳权重</translation>
  </message>
  <message>
   <source>Sweep …</source>
   <translation>批量试验…</translation>
  </message>
  <message>
   <source>Light or dark</source>
   <translation>浅色或深色</translation>
  </message>
  <message>
   <source>Group</source>
   <translation>组合</translation>
  </message>
  <message>
   <source>Ungroup</source>
   <translation>解散组合</translation>
  </message>
  <message>
   <source>Leave the group</source>
   <translation>离开组合</translation>
  </message>
  <message>
   <source>Save as block …</source>
   <translation>存为模块…</translation>
  </message>
  <message>
   <source>Use my data …</source>
   <translation>使用我的数据…</translation>
  </message>
  <message>
   <source>Read the data again</source>
   <translation>重新读取数据</translation>
  </message>
  <message>
   <source>Ask the trained network …</source>
   <translation>向训练好的网络提问…</translation>
  </message>
  <message>
   <source>About NN Studio</source>
   <translation>关于 NN Studio</translation>
  </message>
  <message>
   <source>Back to the same start weights (Ctrl+R)</source>
   <translation>回到同样的初始权重 (Ctrl+R)</translation>
  </message>
  <message>
   <source>Light or dark (Ctrl+T)</source>
   <translation>浅色或深色 (Ctrl+T)</translation>
  </message>
  <message>
   <source>Chinese or English (Ctrl+Shift+L)</source>
   <translation>中文或英文 (Ctrl+Shift+L)</translation>
  </message>
  <message>
   <source>File</source>
   <translation>文件</translation>
  </message>
  <message>
   <source>Recent projects</source>
   <translation>最近的项目</translation>
  </message>
  <message>
   <source>Examples</source>
   <translation>示例</translation>
  </message>
  <message>
   <source>Edit</source>
   <translation>编辑</translation>
  </message>
  <message>
   <source>Select</source>
   <translation>选择</translation>
  </message>
  <message>
   <source>Arrange</source>
   <translation>排列</translation>
  </message>
  <message>
   <source>Data</source>
   <translation>数据</translation>
  </message>
  <message>
   <source>View</source>
   <translation>视图</translation>
  </message>
  <message>
   <source>Bookmarks</source>
   <translation>书签</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>Speed</source>
   <translation>速度</translation>
  </message>
  <message>
   <source>Save as picture</source>
   <translation>另存为图片</translation>
  </message>
  <message>
   <source>Canvas</source>
   <translation>画布</translation>
  </message>
  <message>
   <source>Toolbar</source>
   <translation>工具栏</translation>
  </message>
  <message>
   <source>sample</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>batch</source>
   <translation>批</translation>
  </message>
  <message>
   <source>epoch</source>
   <translation>轮</translation>
  </message>
  <message>
   <source>Align left</source>
   <translation>左对齐</translation>
  </message>
  <message>
   <source>Align centres</source>
   <translation>水平居中对齐</translation>
  </message>
  <message>
   <source>Align right</source>
   <translation>右对齐</translation>
  </message>
  <message>
   <source>Align top</source>
   <translation>顶部对齐</translation>
  </message>
  <message>
   <source>Align middles</source>
   <translation>垂直居中对齐</translation>
  </message>
  <message>
   <source>Align bottom</source>
   <translation>底部对齐</translation>
  </message>
  <message>
   <source>Type to search …</source>
   <translation>输入以搜索…</translation>
  </message>
  <message>
   <source>Search layers …</source>
   <translation>搜索网络层…</translation>
  </message>
  <message>
   <source>What can be added</source>
   <translation>可添加的内容</translation>
  </message>
  <message>
   <source>Add</source>
   <translation>添加</translation>
  </message>
  <message>
   <source>Add and connect</source>
   <translation>添加并连接</translation>
  </message>
  <message>
   <source>Select two or more nodes first.</source>
   <translation>请先选择两个或更多节点。</translation>
  </message>
  <message>
   <source>Select three or more nodes first.</source>
   <translation>请先选择三个或更多节点。</translation>
  </message>
  <message>
   <source>Select a node first.</source>
   <translation>请先选择一个节点。</translation>
  </message>
  <message>
   <source>Bookmark</source>
   <translation>书签</translation>
  </message>
  <message>
   <source>Name of this view</source>
   <translation>此视图的名称</translation>
  </message>
  <message>
   <source>Bookmarked as {name}. It is saved with the project.</source>
   <translation>已加书签“{name}”，它随项目一起保存。</translation>
  </message>
  <message>
   <source>View {number}</source>
   <translation>视图 {number}</translation>
  </message>
  <message>
   <source>Remove</source>
   <translation>移除</translation>
  </message>
  <message>
   <source>unknown kind: {kind}</source>
   <translation>未知类型：{kind}</translation>
  </message>
  <message>
   <source>{count} nodes inside</source>
   <translation>内含 {count} 个节点</translation>
  </message>
  <message>
   <source>{count} layers</source>
   <translation>{count} 层</translation>
  </message>
  <message>
   <source>Click or drag to look elsewhere</source>
   <translation>单击或拖动以查看别处</translation>
  </message>
  <message>
   <source>weights into {name}, ± {limit}</source>
   <translation>流入 {name} 的权重，± {limit}</translation>
  </message>
  <message>
   <source>{shown} of {total} shown</source>
   <translation>显示 {total} 个中的 {shown} 个</translation>
  </message>
  <message>
   <source>{nodes} nodes, {wires} wires. Tab walks through the nodes.</source>
   <translation>{nodes} 个节点，{wires} 条连线。按 Tab 逐个查看节点。</translation>
  </message>
  <message>
   <source>{count} nodes selected: {names}</source>
   <translation>已选择 {count} 个节点：{names}</translation>
  </message>
  <message>
   <source>output {shape}</source>
   <translation>输出 {shape}</translation>
  </message>
  <message>
   <source>from {names}</source>
   <translation>来自 {names}</translation>
  </message>
  <message>
   <source>to {names}</source>
   <translation>通向 {names}</translation>
  </message>
  <message>
   <source>nothing comes in</source>
   <translation>没有输入</translation>
  </message>
  <message>
   <source>leads nowhere</source>
   <translation>没有输出去向</translation>
  </message>
  <message>
   <source>Select the nodes to copy first.</source>
   <translation>请先选择要复制的节点。</translation>
  </message>
  <message>
   <source>The clipboard holds no part of a network. Copy nodes in this or another window first.</source>
   <translation>剪贴板中没有网络的内容。请先在此窗口或其他窗口中复制节点。</translation>
  </message>
  <message>
   <source>Left out: {count}. Of these a network or a group has its own.</source>
   <translation>略过 {count} 个：网络或组合已有自己的此类节点。</translation>
  </message>
  <message>
   <source>Code</source>
   <translation>代码</translation>
  </message>
  <message>
   <source>The Python code appears here when the network is complete.</source>
   <translation>网络完整后，这里会显示 Python 代码。</translation>
  </message>
  <message>
   <source>What was found</source>
   <translation>找到的内容</translation>
  </message>
  <message>
   <source>Nothing is called that.</source>
   <translation>没有叫这个名字的内容。</translation>
  </message>
  <message>
   <source>Do anything: type a few letters</source>
   <translation>输入几个字母即可执行任何操作</translation>
  </message>
  <message>
   <source>Find a node by its name, kind or settings</source>
   <translation>按名称、种类或设置查找节点</translation>
  </message>
  <message>
   <source>Settings</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>Go to</source>
   <translation>转到</translation>
  </message>
  <message>
   <source>Words of the comment</source>
   <translation>注释的文字</translation>
  </message>
  <message>
   <source>sweep</source>
   <translation>批量试验</translation>
  </message>
  <message>
   <source>mended</source>
   <translation>已修正</translation>
  </message>
  <message>
   <source>A mended copy is being trained beside; see the dock Runs.</source>
   <translation>正在旁边训练修正后的副本，见“训练记录”面板。</translation>
  </message>
  <message>
   <source>Health</source>
   <translation>健康状况</translation>
  </message>
  <message>
   <source>The network is changed. Press Run to train it anew; undo takes the change back.</source>
   <translation>网络已修改。按“运行”重新训练；撤销可恢复。</translation>
  </message>
  <message>
   <source>mended copy</source>
   <translation>修正副本</translation>
  </message>
  <message>
   <source>More in the dock Health.</source>
   <translation>详见“健康状况”面板。</translation>
  </message>
  <message>
   <source>Ask the trained network</source>
   <translation>向训练好的网络提问</translation>
  </message>
  <message>
   <source>Answers</source>
   <translation>回答</translation>
  </message>
  <message>
   <source>The project's own data</source>
   <translation>项目自身的数据</translation>
  </message>
  <message>
   <source>Save answers as CSV …</source>
   <translation>将回答存为 CSV…</translation>
  </message>
  <message>
   <source>A file of new rows …</source>
   <translation>新数据文件…</translation>
  </message>
  <message>
   <source>A folder of pictures …</source>
   <translation>图片文件夹…</translation>
  </message>
  <message>
   <source>Working …</source>
   <translation>正在计算…</translation>
  </message>
  <message>
   <source>Ask</source>
   <translation>提问</translation>
  </message>
  <message>
   <source>Tables, arrays, pictures</source>
   <translation>表格、数组、图片</translation>
  </message>
  <message>
   <source>Answers: {count}</source>
   <translation>回答：{count}</translation>
  </message>
  <message>
   <source>Saved {name}</source>
   <translation>已保存 {name}</translation>
  </message>
  <message>
   <source>Type a row</source>
   <translation>输入一行</translation>
  </message>
  <message>
   <source>Paint one …</source>
   <translation>绘制一个…</translation>
  </message>
  <message>
   <source>typed row</source>
   <translation>输入的行</translation>
  </message>
  <message>
   <source>answer</source>
   <translation>回答</translation>
  </message>
  <message>
   <source>by hand</source>
   <translation>手绘</translation>
  </message>
  <message>
   <source>{rows} rows: {training} training, {validation} validation</source>
   <translation>{rows} 行：训练 {training}，验证 {validation}</translation>
  </message>
  <message>
   <source>missing</source>
   <translation>缺失</translation>
  </message>
  <message>
   <source>Data table</source>
   <translation>数据表</translation>
  </message>
  <message>
   <source>as it goes in (scaled)</source>
   <translation>缩放后的输入值</translation>
  </message>
  <message>
   <source>Picture of the data</source>
   <translation>数据图</translation>
  </message>
  <message>
   <source>part</source>
   <translation>部分</translation>
  </message>
  <message>
   <source>target</source>
   <translation>目标</translation>
  </message>
  <message>
   <source>validation</source>
   <translation>验证</translation>
  </message>
  <message>
   <source>training</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>all rows</source>
   <translation>全部行</translation>
  </message>
  <message>
   <source>training part</source>
   <translation>训练部分</translation>
  </message>
  <message>
   <source>validation part</source>
   <translation>验证部分</translation>
  </message>
  <message>
   <source>Part</source>
   <translation>部分</translation>
  </message>
  <message>
   <source>Kind of picture</source>
   <translation>图的类型</translation>
  </message>
  <message>
   <source>First column</source>
   <translation>第一列</translation>
  </message>
  <message>
   <source>Second column</source>
   <translation>第二列</translation>
  </message>
  <message>
   <source>scatter</source>
   <translation>散点图</translation>
  </message>
  <message>
   <source>histogram</source>
   <translation>直方图</translation>
  </message>
  <message>
   <source>{count} shown</source>
   <translation>显示 {count} 行</translation>
  </message>
  <message>
   <source>graph</source>
   <translation>图</translation>
  </message>
  <message>
   <source>images</source>
   <translation>图像</translation>
  </message>
  <message>
   <source>sequences</source>
   <translation>序列</translation>
  </message>
  <message>
   <source>value against target</source>
   <translation>数值与目标</translation>
  </message>
  <message>
   <source>Your data: {name}</source>
   <translation>您的数据：{name}</translation>
  </message>
  <message>
   <source>To be predicted</source>
   <translation>要预测的列</translation>
  </message>
  <message>
   <source>Learn from</source>
   <translation>用于学习的列</translation>
  </message>
  <message>
   <source>The first rows</source>
   <translation>前几行</translation>
  </message>
  <message>
   <source>Reading …</source>
   <translation>正在读取…</translation>
  </message>
  <message>
   <source>{columns} columns</source>
   <translation>{columns} 列</translation>
  </message>
  <message>
   <source>comma</source>
   <translation>逗号</translation>
  </message>
  <message>
   <source>semicolon</source>
   <translation>分号</translation>
  </message>
  <message>
   <source>tab</source>
   <translation>制表符</translation>
  </message>
  <message>
   <source>parted by {mark}</source>
   <translation>以{mark}分隔</translation>
  </message>
  <message>
   <source>target: classes</source>
   <translation>目标：类别</translation>
  </message>
  <message>
   <source>target: values</source>
   <translation>目标：数值</translation>
  </message>
  <message>
   <source>numbers</source>
   <translation>数值</translation>
  </message>
  <message>
   <source>categories</source>
   <translation>类别</translation>
  </message>
  <message>
   <source>Plane to paint on</source>
   <translation>绘图平面</translation>
  </message>
  <message>
   <source>Paint points</source>
   <translation>绘制点</translation>
  </message>
  <message>
   <source>Erase</source>
   <translation>擦除</translation>
  </message>
  <message>
   <source>Erase by dragging; the right button does so as well</source>
   <translation>拖动以擦除；也可使用右键</translation>
  </message>
  <message>
   <source>Spread</source>
   <translation>分散</translation>
  </message>
  <message>
   <source>colour {number}</source>
   <translation>颜色 {number}</translation>
  </message>
  <message>
   <source>Clear</source>
   <translation>清空</translation>
  </message>
  <message>
   <source>Something went wrong inside the program, and what you just did may not have worked. The program goes on.</source>
   <translation>程序内部出了问题，刚才的操作可能没有生效。程序会继续运行。</translation>
  </message>
  <message>
   <source>Your work is safe: it was just kept for recovery.</source>
   <translation>你的工作是安全的：刚刚已保留以备恢复。</translation>
  </message>
  <message>
   <source>Your work is still here; save it now.</source>
   <translation>你的工作还在，请立即保存。</translation>
  </message>
  <message>
   <source>Details</source>
   <translation>详细信息</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Copy details</source>
   <translation>复制详细信息</translation>
  </message>
  <message>
   <source>Show details</source>
   <translation>显示详细信息</translation>
  </message>
  <message>
   <source>Copied</source>
   <translation>已复制</translation>
  </message>
  <message>
   <source>NN Studio projects (*.nns)</source>
   <translation>NN Studio 项目 (*.nns)</translation>
  </message>
  <message>
   <source>Save the changes to this project?</source>
   <translation>保存对此项目的更改吗？</translation>
  </message>
  <message>
   <source>Open a project</source>
   <translation>打开项目</translation>
  </message>
  <message>
   <source>There is a backup: the project as it was before it was last saved.</source>
   <translation>有一份备份：项目上一次保存之前的样子。</translation>
  </message>
  <message>
   <source>Open the backup</source>
   <translation>打开备份</translation>
  </message>
  <message>
   <source>This is the backup. Save it to put it in the place of {name}.</source>
   <translation>这是备份。保存后将替换 {name}。</translation>
  </message>
  <message>
   <source>{name} was changed by another program since you opened it. Saving would replace that.</source>
   <translation>{name} 在你打开之后被其他程序修改过。保存会覆盖那些修改。</translation>
  </message>
  <message>
   <source>Replace it</source>
   <translation>覆盖</translation>
  </message>
  <message>
   <source>Save the project</source>
   <translation>保存项目</translation>
  </message>
  <message>
   <source>Replace {names} in this folder?</source>
   <translation>替换此文件夹中的 {names} 吗？</translation>
  </message>
  <message>
   <source>Folder for the Python script</source>
   <translation>存放 Python 脚本的文件夹</translation>
  </message>
  <message>
   <source>Exported {names} with the trained weights; the script reproduces this network exactly.</source>
   <translation>已导出 {names}（含训练后的权重）；脚本可精确重现此网络。</translation>
  </message>
  <message>
   <source>Exported {names} with the start weights; the script reproduces this network exactly.</source>
   <translation>已导出 {names}（含初始权重）；脚本可精确重现此网络。</translation>
  </message>
  <message>
   <source>Wait until the export is done.</source>
   <translation>请等待导出完成。</translation>
  </message>
  <message>
   <source>{name} is open in another window too. Who saves last overwrites the other: save one of them under another name.</source>
   <translation>{name} 也在另一个窗口中打开。后保存者会覆盖先保存者：请将其中一个另存为其他名称。</translation>
  </message>
  <message>
   <source>{name} is not there any more. Your work is still here; save it to keep it.</source>
   <translation>{name} 已不存在。你的工作还在，请保存以保留它。</translation>
  </message>
  <message>
   <source>Saved {name} without weights: the network was changed after it was trained.</source>
   <translation>已保存 {name}，但不含权重：网络在训练后被修改过。</translation>
  </message>
  <message>
   <source>Exporting …</source>
   <translation>正在导出…</translation>
  </message>
  <message>
   <source>In code of your own call model.eval() before you use it: dropout and batch norm behave otherwise in training.</source>
   <translation>在您自己的代码中使用前请调用 model.eval()：随机失活和批归一化在训练时的行为不同。</translation>
  </message>
  <message>
   <source>{name} was changed by another program. Your own changes are still here; saving asks first.</source>
   <translation>{name} 被其他程序修改了。你自己的修改还在；保存时会先询问。</translation>
  </message>
  <message>
   <source>{name} was changed by another program. Read it anew?</source>
   <translation>{name} 被其他程序修改了。要重新读取吗？</translation>
  </message>
  <message>
   <source>Read it anew</source>
   <translation>重新读取</translation>
  </message>
  <message>
   <source>Keep what is here</source>
   <translation>保留现在的内容</translation>
  </message>
  <message>
   <source>Choose …</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>Read again</source>
   <translation>重新读取</translation>
  </message>
  <message>
   <source>Loss and accuracy</source>
   <translation>损失与准确率</translation>
  </message>
  <message>
   <source>Problems</source>
   <translation>问题</translation>
  </message>
  <message>
   <source>Python code</source>
   <translation>Python 代码</translation>
  </message>
  <message>
   <source>Results</source>
   <translation>结果</translation>
  </message>
  <message>
   <source>Layers</source>
   <translation>各层</translation>
  </message>
  <message>
   <source>Numbers</source>
   <translation>数值</translation>
  </message>
  <message>
   <source>Gradient flow</source>
   <translation>梯度流</translation>
  </message>
  <message>
   <source>Loss landscape</source>
   <translation>损失地形</translation>
  </message>
  <message>
   <source>Decision map</source>
   <translation>决策图</translation>
  </message>
  <message>
   <source>Runs</source>
   <translation>训练记录</translation>
  </message>
  <message>
   <source>Neurons</source>
   <translation>神经元</translation>
  </message>
  <message>
   <source>Select a group first.</source>
   <translation>请先选中一个组合。</translation>
  </message>
  <message>
   <source>Save as block</source>
   <translation>存为模块</translation>
  </message>
  <message>
   <source>Name of the block</source>
   <translation>模块名称</translation>
  </message>
  <message>
   <source>Saved the block {name}. It is in the palette now.</source>
   <translation>已保存模块 {name}，现在可在左侧列表中找到。</translation>
  </message>
  <message>
   <source>network</source>
   <translation>网络</translation>
  </message>
  <message>
   <source>Select the layers that belong together first.</source>
   <translation>请先选中要组合的层。</translation>
  </message>
  <message>
   <source>Search in all help texts …</source>
   <translation>在所有帮助中搜索…</translation>
  </message>
  <message>
   <source>No help text speaks of that.</source>
   <translation>没有帮助提到这个。</translation>
  </message>
  <message>
   <source>Articles</source>
   <translation>条目</translation>
  </message>
  <message>
   <source>derivative</source>
   <translation>导数</translation>
  </message>
  <message>
   <source>range</source>
   <translation>值域</translation>
  </message>
  <message>
   <source>What to do</source>
   <translation>怎么办</translation>
  </message>
  <message>
   <source>Start</source>
   <translation>开始</translation>
  </message>
  <message>
   <source>Formula, picture and when to use it</source>
   <translation>公式、图形与使用场合</translation>
  </message>
  <message>
   <source>About {name}</source>
   <translation>关于 {name}</translation>
  </message>
  <message>
   <source>Picture of {name}</source>
   <translation>{name} 的图形</translation>
  </message>
  <message>
   <source>about it</source>
   <translation>说明</translation>
  </message>
  <message>
   <source>slope</source>
   <translation>导数</translation>
  </message>
  <message>
   <source>{count} chosen …</source>
   <translation>已选 {count} 个…</translation>
  </message>
  <message>
   <source>Search …</source>
   <translation>搜索…</translation>
  </message>
  <message>
   <source>Paint …</source>
   <translation>绘制…</translation>
  </message>
  <message>
   <source>all others …</source>
   <translation>其余所有 …</translation>
  </message>
  <message>
   <source>as above …</source>
   <translation>如上 …</translation>
  </message>
  <message>
   <source>found out …</source>
   <translation>自动…</translation>
  </message>
  <message>
   <source>None ticked: all that no other optimizer serves.</source>
   <translation>不勾选：负责其他优化器未负责的所有层。</translation>
  </message>
  <message>
   <source>These nodes have different values here; what you enter goes for all of them.</source>
   <translation>这些节点在此处的值不同；你输入的值将用于全部节点。</translation>
  </message>
  <message>
   <source>as the network</source>
   <translation>同网络设置</translation>
  </message>
  <message>
   <source>None ticked: the inputs and what is switched on.</source>
   <translation>不勾选：所有输入加上已打开的各项。</translation>
  </message>
  <message>
   <source>None ticked: found out from the file.</source>
   <translation>都不勾选：由文件自动决定。</translation>
  </message>
  <message>
   <source>different</source>
   <translation>各不相同</translation>
  </message>
  <message>
   <source>What is this?</source>
   <translation>这是什么？</translation>
  </message>
  <message>
   <source>Name</source>
   <translation>名称</translation>
  </message>
  <message>
   <source>{nodes} nodes · {parameters} parameters</source>
   <translation>{nodes} 个节点 · {parameters} 个参数</translation>
  </message>
  <message>
   <source>TRAINING</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>SETTINGS</source>
   <translation>设置</translation>
  </message>
  <message>
   <source>Mend it</source>
   <translation>修复</translation>
  </message>
  <message>
   <source>{count} nodes selected</source>
   <translation>已选 {count} 个节点</translation>
  </message>
  <message>
   <source>Fewer settings</source>
   <translation>较少设置</translation>
  </message>
  <message>
   <source>All settings …</source>
   <translation>全部设置…</translation>
  </message>
  <message>
   <source>What they have in common is changed for all of them at once.</source>
   <translation>它们共有的设置会一起修改。</translation>
  </message>
  <message>
   <source>They have no setting in common.</source>
   <translation>它们没有共同的设置。</translation>
  </message>
  <message>
   <source>Network</source>
   <translation>网络</translation>
  </message>
  <message>
   <source>Nothing to set here.</source>
   <translation>此处没有可设置的内容。</translation>
  </message>
  <message>
   <source>{parameters} parameters</source>
   <translation>{parameters} 个参数</translation>
  </message>
  <message>
   <source>Set back to {value}</source>
   <translation>恢复为 {value}</translation>
  </message>
  <message>
   <source>• changed; right-click sets it back to {value}</source>
   <translation>• 已修改；右键单击可恢复为 {value}</translation>
  </message>
  <message>
   <source>Drag the name sideways to change the number (Shift: ten times as fast).</source>
   <translation>左右拖动名称可改变数值（按住 Shift 快十倍）。</translation>
  </message>
  <message>
   <source>fill: value</source>
   <translation>填充：数值</translation>
  </message>
  <message>
   <source>frame: gradient</source>
   <translation>边框：梯度</translation>
  </message>
  <message>
   <source>Task</source>
   <translation>任务</translation>
  </message>
  <message>
   <source>Begin anew</source>
   <translation>重新开始</translation>
  </message>
  <message>
   <source>Back to the network that the teacher gave; undo brings yours back</source>
   <translation>回到老师给出的网络；撤销可取回你自己的</translation>
  </message>
  <message>
   <source>Lesson</source>
   <translation>课程</translation>
  </message>
  <message>
   <source>Locked nodes</source>
   <translation>锁定的节点</translation>
  </message>
  <message>
   <source>Left out of the window</source>
   <translation>从窗口中隐藏</translation>
  </message>
  <message>
   <source>Students can go back to the network as it is now</source>
   <translation>学生可以回到网络现在的样子</translation>
  </message>
  <message>
   <source>All this is saved in the project file. Whoever opens this dialog can change it: it guides, it does not guard.</source>
   <translation>这些都保存在项目文件中。任何打开此对话框的人都能修改：它是引导，不是防护。</translation>
  </message>
  <message>
   <source>Palette</source>
   <translation>层列表</translation>
  </message>
  <message>
   <source>Task, shown above the canvas:</source>
   <translation>任务（显示在画布上方）：</translation>
  </message>
  <message>
   <source>The beginning of this lesson cannot be read.</source>
   <translation>无法读取本课程的初始状态。</translation>
  </message>
  <message>
   <source>NN Studio {version}: draw a network, train it, step through it, take it home as Python.</source>
   <translation>NN Studio {version}：画出网络，训练它，逐步观察它，并以 Python 代码带走。</translation>
  </message>
  <message>
   <source>new project</source>
   <translation>新项目</translation>
  </message>
  <message>
   <source>not saved</source>
   <translation>未保存</translation>
  </message>
  <message>
   <source>strongest weights {weights}</source>
   <translation>最强的权重 {weights}</translation>
  </message>
  <message>
   <source>Point at a neuron for its numbers; a click shows its weights alone; a double click changes its bias while a step is shown.</source>
   <translation>指向神经元可查看数值；单击只显示它的权重；单步显示时双击可修改其偏置。</translation>
  </message>
  <message>
   <source>Layers of single neurons stand here once the network has run.</source>
   <translation>网络运行后，这里显示由单个神经元组成的层。</translation>
  </message>
  <message>
   <source>{shown} of {total}</source>
   <translation>{total} 个中的 {shown} 个</translation>
  </message>
  <message>
   <source>value</source>
   <translation>值</translation>
  </message>
  <message>
   <source>Your data</source>
   <translation>您的数据</translation>
  </message>
  <message>
   <source>{name} is of no kind that is read: tables, .npz, IDX files, folders of pictures.</source>
   <translation>无法读取 {name} 这类文件：支持表格、.npz、IDX 文件和图片文件夹。</translation>
  </message>
  <message>
   <source>All files</source>
   <translation>所有文件</translation>
  </message>
  <message>
   <source>A block that ships with the program; its copy has weights of its own.</source>
   <translation>程序自带的模块；复制品有自己的权重。</translation>
  </message>
  <message>
   <source>A block of your own; its copy has weights of its own.</source>
   <translation>您自己的模块；复制品有自己的权重。</translation>
  </message>
  <message>
   <source>Picture to paint on</source>
   <translation>用来绘制的图片</translation>
  </message>
  <message>
   <source>Paint the input</source>
   <translation>绘制输入</translation>
  </message>
  <message>
   <source>Drag to paint; the right button wipes.</source>
   <translation>拖动以绘制；右键擦除。</translation>
  </message>
  <message>
   <source>Loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>Accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>log scale</source>
   <translation>对数坐标</translation>
  </message>
  <message>
   <source>Copy as CSV</source>
   <translation>复制为 CSV</translation>
  </message>
  <message>
   <source>Copy all epochs of the present run</source>
   <translation>复制本次训练的全部轮次</translation>
  </message>
  <message>
   <source>train</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>What the map shows</source>
   <translation>决策图显示的内容</translation>
  </message>
  <message>
   <source>The map shows networks that take one or two numbers, such as the examples XOR and rings, once they have run.</source>
   <translation>决策图适用于输入为一个或两个数的网络（例如示例 XOR 和双环），运行后即可显示。</translation>
  </message>
  <message>
   <source>the network's answer</source>
   <translation>网络的回答</translation>
  </message>
  <message>
   <source>Distributions by layer over time</source>
   <translation>各层分布随时间的变化</translation>
  </message>
  <message>
   <source>weights</source>
   <translation>权重</translation>
  </message>
  <message>
   <source>outputs</source>
   <translation>输出</translation>
  </message>
  <message>
   <source>gradients</source>
   <translation>梯度</translation>
  </message>
  <message>
   <source>dead</source>
   <translation>失活</translation>
  </message>
  <message>
   <source>saturated</source>
   <translation>饱和</translation>
  </message>
  <message>
   <source>Silence</source>
   <translation>不再提示</translation>
  </message>
  <message>
   <source>Say this no more in this project</source>
   <translation>在此项目中不再提示</translation>
  </message>
  <message>
   <source>Try on a copy</source>
   <translation>在副本上试试</translation>
  </message>
  <message>
   <source>Train a mended copy in the background, to be compared with this run</source>
   <translation>在后台训练修正后的副本，以便与本次训练比较</translation>
  </message>
  <message>
   <source>Change the network on the canvas; undo takes it back</source>
   <translation>修改画布上的网络；可撤销</translation>
  </message>
  <message>
   <source>While a network trains, the distributions of its layers stand here: median, quarter to three quarters, 5 to 95 %.</source>
   <translation>训练时这里显示各层的分布：中位数、四分位区间、5% 至 95%。</translation>
  </message>
  <message>
   <source>Gradient norm before clipping {before}, behind it {norm}.</source>
   <translation>裁剪前的梯度范数 {before}，裁剪后 {norm}。</translation>
  </message>
  <message>
   <source>Gradient norm {norm} after update {updates}.</source>
   <translation>第 {updates} 次更新后的梯度范数 {norm}。</translation>
  </message>
  <message>
   <source>Recover unsaved work</source>
   <translation>恢复未保存的内容</translation>
  </message>
  <message>
   <source>The program ended before this was saved. It was kept beside your files; they are as you saved them last.</source>
   <translation>程序在保存之前结束了。这些内容另行保留；你的文件仍是上次保存的样子。</translation>
  </message>
  <message>
   <source>Open</source>
   <translation>打开</translation>
  </message>
  <message>
   <source>Throw away</source>
   <translation>丢弃</translation>
  </message>
  <message>
   <source>Later</source>
   <translation>以后再说</translation>
  </message>
  <message>
   <source>time not known: the clock was wrong</source>
   <translation>时间未知：当时系统时钟有误</translation>
  </message>
  <message>
   <source>never saved to a file</source>
   <translation>从未保存到文件</translation>
  </message>
  <message>
   <source>Throw this work away for good?</source>
   <translation>要永久丢弃这些内容吗？</translation>
  </message>
  <message>
   <source>Recovered. Save it to keep it in a file.</source>
   <translation>已恢复。请保存到文件以保留。</translation>
  </message>
  <message>
   <source>{count} nodes</source>
   <translation>{count} 个节点</translation>
  </message>
  <message>
   <source>There is no unsaved work to recover.</source>
   <translation>没有可恢复的未保存内容。</translation>
  </message>
  <message>
   <source>error</source>
   <translation>错误</translation>
  </message>
  <message>
   <source>warning</source>
   <translation>警告</translation>
  </message>
  <message>
   <source>note</source>
   <translation>提示</translation>
  </message>
  <message>
   <source>node</source>
   <translation>节点</translation>
  </message>
  <message>
   <source>type</source>
   <translation>类型</translation>
  </message>
  <message>
   <source>output</source>
   <translation>输出</translation>
  </message>
  <message>
   <source>parameters</source>
   <translation>参数</translation>
  </message>
  <message>
   <source>multiply-adds</source>
   <translation>乘加次数</translation>
  </message>
  <message>
   <source>memory</source>
   <translation>内存</translation>
  </message>
  <message>
   <source>Show</source>
   <translation>显示</translation>
  </message>
  <message>
   <source>No problems: the network can run.</source>
   <translation>没有问题：网络可以运行。</translation>
  </message>
  <message>
   <source>total</source>
   <translation>合计</translation>
  </message>
  <message>
   <source>Results as a plot</source>
   <translation>结果图</translation>
  </message>
  <message>
   <source>Confusion matrix</source>
   <translation>混淆矩阵</translation>
  </message>
  <message>
   <source>Samples</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Predicted and true</source>
   <translation>预测与真实</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>各类指标</translation>
  </message>
  <message>
   <source>rows: true class, columns: said; a click on a cell shows its samples</source>
   <translation>行：真实类别，列：回答；单击单元格可查看其样本</translation>
  </message>
  <message>
   <source>weights of epoch {epoch} restored</source>
   <translation>已恢复第 {epoch} 轮的权重</translation>
  </message>
  <message>
   <source>Looking through the samples …</source>
   <translation>正在逐个检查样本…</translation>
  </message>
  <message>
   <source>true</source>
   <translation>真实</translation>
  </message>
  <message>
   <source>predicted</source>
   <translation>预测</translation>
  </message>
  <message>
   <source>precision</source>
   <translation>精确率</translation>
  </message>
  <message>
   <source>recall</source>
   <translation>召回率</translation>
  </message>
  <message>
   <source>samples</source>
   <translation>样本数</translation>
  </message>
  <message>
   <source>Here stands what a finished run has reached.</source>
   <translation>训练完成后，这里显示其结果。</translation>
  </message>
  <message>
   <source>This part has no samples.</source>
   <translation>该部分没有样本。</translation>
  </message>
  <message>
   <source>false positive rate</source>
   <translation>假阳性率</translation>
  </message>
  <message>
   <source>true positive rate</source>
   <translation>真阳性率</translation>
  </message>
  <message>
   <source>{count} of class {truth} said to be {said}</source>
   <translation>{truth} 类中有 {count} 个被判为 {said}</translation>
  </message>
  <message>
   <source>Report</source>
   <translation>报告</translation>
  </message>
  <message>
   <source>Your notes</source>
   <translation>您的笔记</translation>
  </message>
  <message>
   <source>What did you try, what did you see, why?</source>
   <translation>您尝试了什么，看到了什么，为什么？</translation>
  </message>
  <message>
   <source>Choose a file …</source>
   <translation>选择文件…</translation>
  </message>
  <message>
   <source>Wrote {name}.</source>
   <translation>已写入 {name}。</translation>
  </message>
  <message>
   <source>device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>Curves</source>
   <translation>曲线</translation>
  </message>
  <message>
   <source>blue: training part, orange: validation part</source>
   <translation>蓝色：训练集，橙色：验证集</translation>
  </message>
  <message>
   <source>{epochs} epochs, {updates} updates in {seconds} s.</source>
   <translation>{epochs} 轮，{updates} 次更新，用时 {seconds} 秒。</translation>
  </message>
  <message>
   <source>Web page (*.html)</source>
   <translation>网页 (*.html)</translation>
  </message>
  <message>
   <source>yes</source>
   <translation>是</translation>
  </message>
  <message>
   <source>Notes</source>
   <translation>笔记</translation>
  </message>
  <message>
   <source>Findings</source>
   <translation>发现</translation>
  </message>
  <message>
   <source>no</source>
   <translation>否</translation>
  </message>
  <message>
   <source>The run has not ended; its last epoch: loss {loss}.</source>
   <translation>训练尚未结束；最近一轮：损失 {loss}。</translation>
  </message>
  <message>
   <source>The network is not trained.</source>
   <translation>网络尚未训练。</translation>
  </message>
  <message>
   <source>said</source>
   <translation>回答</translation>
  </message>
  <message>
   <source>Changed on the way</source>
   <translation>训练中的更改</translation>
  </message>
  <message>
   <source>running</source>
   <translation>运行中</translation>
  </message>
  <message>
   <source>starting …</source>
   <translation>正在启动…</translation>
  </message>
  <message>
   <source>paused</source>
   <translation>已暂停</translation>
  </message>
  <message>
   <source>finished</source>
   <translation>已完成</translation>
  </message>
  <message>
   <source>stopped</source>
   <translation>已停止</translation>
  </message>
  <message>
   <source>The run has ended, so this step is only looked at. Reset begins anew.</source>
   <translation>训练已结束，因此这一步仅供查看。按“重置”可重新开始。</translation>
  </message>
  <message>
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>waiting</source>
   <translation>等待中</translation>
  </message>
  <message>
   <source>failed</source>
   <translation>失败</translation>
  </message>
  <message>
   <source>Differs from the network on the canvas</source>
   <translation>与画布上网络的不同</translation>
  </message>
  <message>
   <source>Seed</source>
   <translation>随机种子</translation>
  </message>
  <message>
   <source>Epochs</source>
   <translation>轮数</translation>
  </message>
  <message>
   <source>Train loss</source>
   <translation>训练损失</translation>
  </message>
  <message>
   <source>Validation loss</source>
   <translation>验证损失</translation>
  </message>
  <message>
   <source>Train accuracy</source>
   <translation>训练准确率</translation>
  </message>
  <message>
   <source>Validation accuracy</source>
   <translation>验证准确率</translation>
  </message>
  <message>
   <source>Seconds</source>
   <translation>秒</translation>
  </message>
  <message>
   <source>State</source>
   <translation>状态</translation>
  </message>
  <message>
   <source>Train variants in the background: rates, activations, widths, seeds …</source>
   <translation>在后台训练多个变体：学习率、激活函数、宽度、种子…</translation>
  </message>
  <message>
   <source>Stop</source>
   <translation>停止</translation>
  </message>
  <message>
   <source>Filter …</source>
   <translation>筛选…</translation>
  </message>
  <message>
   <source>Filter</source>
   <translation>筛选</translation>
  </message>
  <message>
   <source>mean over seeds</source>
   <translation>对种子取平均</translation>
  </message>
  <message>
   <source>Runs that differ in the seed alone become one line: mean ± standard deviation</source>
   <translation>仅种子不同的训练合并为一行：平均值 ± 标准差</translation>
  </message>
  <message>
   <source>Keep this run</source>
   <translation>保留此次训练</translation>
  </message>
  <message>
   <source>Put this run's network on the canvas; undo brings the present one back</source>
   <translation>把此次训练的网络放到画布上；撤销可恢复当前网络</translation>
  </message>
  <message>
   <source>A file to hand in: network, settings, curves, results, findings, notes</source>
   <translation>可提交的文件：网络、设置、曲线、结果、发现、笔记</translation>
  </message>
  <message>
   <source>The table is in the clipboard as CSV.</source>
   <translation>表格已以 CSV 格式复制到剪贴板。</translation>
  </message>
  <message>
   <source>{count} seeds</source>
   <translation>{count} 个种子</translation>
  </message>
  <message>
   <source>Ten runs are drawn at most. Take one away first.</source>
   <translation>最多绘制十次训练，请先取消一个。</translation>
  </message>
  <message>
   <source>Take over</source>
   <translation>采用</translation>
  </message>
  <message>
   <source>{going} running, {waiting} waiting</source>
   <translation>{going} 个进行中，{waiting} 个等待</translation>
  </message>
  <message>
   <source>{shown} of {count} samples, the greatest loss first</source>
   <translation>{count} 个样本中的 {shown} 个，损失最大的在前</translation>
  </message>
  <message>
   <source>All samples</source>
   <translation>全部样本</translation>
  </message>
  <message>
   <source>Step through it</source>
   <translation>单步查看</translation>
  </message>
  <message>
   <source>Show a training step with the chosen sample</source>
   <translation>用所选样本显示一个训练步</translation>
  </message>
  <message>
   <source>row</source>
   <translation>行</translation>
  </message>
  <message>
   <source>sure</source>
   <translation>置信度</translation>
  </message>
  <message>
   <source>off by</source>
   <translation>误差</translation>
  </message>
  <message>
   <source>{count} of {total} were looked at</source>
   <translation>检查了 {total} 个中的 {count} 个</translation>
  </message>
  <message>
   <source>true {truth}, said {said}</source>
   <translation>真实 {truth}，回答 {said}</translation>
  </message>
  <message>
   <source>Double-click to step through this sample</source>
   <translation>双击可单步查看此样本</translation>
  </message>
  <message>
   <source>Let cards glide when they are tidied up</source>
   <translation>整理时让卡片平滑移动</translation>
  </message>
  <message>
   <source>LOOK</source>
   <translation>外观</translation>
  </message>
  <message>
   <source>automatic</source>
   <translation>自动</translation>
  </message>
  <message>
   <source>For large networks; small ones are fastest on one core. Another number of cores changes the last digits of a run.</source>
   <translation>用于大型网络；小网络用一个核心最快。核心数不同会改变训练结果的末几位数字。</translation>
  </message>
  <message>
   <source>What is saved beside the network. The run as it stands has optimizer, random state and place: opened again it goes on as if it had never been closed.</source>
   <translation>除网络外还保存什么。当前状态包括优化器、随机数状态和位置：再次打开后可以接着训练，如同从未关闭。</translation>
  </message>
  <message>
   <source>PROJECT FILES</source>
   <translation>项目文件</translation>
  </message>
  <message>
   <source>Keep unsaved work for recovery</source>
   <translation>保留未保存的内容以备恢复</translation>
  </message>
  <message>
   <source>the program's own folder</source>
   <translation>程序自己的文件夹</translation>
  </message>
  <message>
   <source>SAFETY</source>
   <translation>安全</translation>
  </message>
  <message>
   <source>PRIVACY</source>
   <translation>隐私</translation>
  </message>
  <message>
   <source>Nothing leaves this computer: no account, no statistics, no connection. Projects, data and settings stay in your own folders.</source>
   <translation>任何内容都不会离开这台计算机：没有账户、没有统计、没有联网。项目、数据和设置都留在你自己的文件夹中。</translation>
  </message>
  <message>
   <source>Defaults</source>
   <translation>默认值</translation>
  </message>
  <message>
   <source>Recovery folder</source>
   <translation>恢复文件夹</translation>
  </message>
  <message>
   <source>Nothing can be written to {folder}. Choose another folder, or leave it empty.</source>
   <translation>无法写入 {folder}。请选择其他文件夹，或留空。</translation>
  </message>
  <message>
   <source>As the system</source>
   <translation>跟随系统</translation>
  </message>
  <message>
   <source>Light</source>
   <translation>浅色</translation>
  </message>
  <message>
   <source>Dark</source>
   <translation>深色</translation>
  </message>
  <message>
   <source>High contrast</source>
   <translation>高对比度</translation>
  </message>
  <message>
   <source>Language</source>
   <translation>语言</translation>
  </message>
  <message>
   <source>Colours</source>
   <translation>颜色</translation>
  </message>
  <message>
   <source>Text size</source>
   <translation>文字大小</translation>
  </message>
  <message>
   <source>A CUDA GPU where there is one</source>
   <translation>有 CUDA GPU 时使用它</translation>
  </message>
  <message>
   <source>Always the CPU</source>
   <translation>始终使用 CPU</translation>
  </message>
  <message>
   <source>Device</source>
   <translation>设备</translation>
  </message>
  <message>
   <source>CPU cores</source>
   <translation>CPU 核心数</translation>
  </message>
  <message>
   <source>The run as it stands, to go on with</source>
   <translation>训练的当前状态，可接着训练</translation>
  </message>
  <message>
   <source>Trained weights and curves</source>
   <translation>训练好的权重和曲线</translation>
  </message>
  <message>
   <source>The network alone</source>
   <translation>仅网络</translation>
  </message>
  <message>
   <source>Carry</source>
   <translation>包含内容</translation>
  </message>
  <message>
   <source>Keyboard shortcuts</source>
   <translation>键盘快捷键</translation>
  </message>
  <message>
   <source>New keys</source>
   <translation>新按键</translation>
  </message>
  <message>
   <source>Default</source>
   <translation>默认</translation>
  </message>
  <message>
   <source>All defaults</source>
   <translation>全部恢复默认</translation>
  </message>
  <message>
   <source>Action</source>
   <translation>操作</translation>
  </message>
  <message>
   <source>Menu</source>
   <translation>菜单</translation>
  </message>
  <message>
   <source>Keys</source>
   <translation>按键</translation>
  </message>
  <message>
   <source>{keys} already does “{name}”. Choose other keys, or clear that action's first.</source>
   <translation>{keys} 已用于“{name}”。请选择其他按键，或先清除该操作的按键。</translation>
  </message>
  <message>
   <source>What the whole program takes of this computer's memory; most of it is PyTorch itself.</source>
   <translation>整个程序占用的内存；其中大部分是 PyTorch 本身。</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>进度</translation>
  </message>
  <message>
   <source>Of the newest batch; the curves show the mean of each epoch.</source>
   <translation>最新一批的损失；曲线显示每一轮的平均值。</translation>
  </message>
  <message>
   <source>Stop reading</source>
   <translation>停止读取</translation>
  </message>
  <message>
   <source>epoch {epoch} / {epochs}</source>
   <translation>第 {epoch} / {epochs} 轮</translation>
  </message>
  <message>
   <source>batch {batch} / {batches}</source>
   <translation>第 {batch} / {batches} 批</translation>
  </message>
  <message>
   <source>{speed} samples/s</source>
   <translation>{speed} 样本/秒</translation>
  </message>
  <message>
   <source>program {size} MB</source>
   <translation>程序 {size} MB</translation>
  </message>
  <message>
   <source>Fetching batches takes {percent} % of the time.</source>
   <translation>取批数据占用 {percent}% 的时间。</translation>
  </message>
  <message>
   <source>reading {name} · {percent} %</source>
   <translation>正在读取 {name} · {percent} %</translation>
  </message>
  <message>
   <source>{seconds} s left</source>
   <translation>剩余 {seconds} 秒</translation>
  </message>
  <message>
   <source>Train until</source>
   <translation>训练直到</translation>
  </message>
  <message>
   <source>Loss and accuracy are those of the validation part, if there is one.</source>
   <translation>损失和准确率取自验证集（如果有）。</translation>
  </message>
  <message>
   <source>Train</source>
   <translation>训练</translation>
  </message>
  <message>
   <source>so many epochs more</source>
   <translation>再训练若干轮</translation>
  </message>
  <message>
   <source>loss at most</source>
   <translation>损失不超过</translation>
  </message>
  <message>
   <source>accuracy at least, in %</source>
   <translation>准确率至少（%）</translation>
  </message>
  <message>
   <source>epochs without a better loss</source>
   <translation>损失连续未改善的轮数</translation>
  </message>
  <message>
   <source>minutes</source>
   <translation>分钟</translation>
  </message>
  <message>
   <source>Choose at least one goal.</source>
   <translation>请至少选择一个目标。</translation>
  </message>
  <message>
   <source>Training goes as fast as it can.</source>
   <translation>训练以最快速度进行。</translation>
  </message>
  <message>
   <source>At most {count} updates a second.</source>
   <translation>每秒最多 {count} 次更新。</translation>
  </message>
  <message>
   <source>The run waits where it was left, in epoch {epoch}. Press Go on.</source>
   <translation>训练停在离开时的位置（第 {epoch} 轮）。请按“继续”。</translation>
  </message>
  <message>
   <source>“{given}” is not a number that fits here: {name}.</source>
   <translation>“{given}”不是此处可用的数字：{name}。</translation>
  </message>
  <message>
   <source>as fast as it can</source>
   <translation>最快</translation>
  </message>
  <message>
   <source>{count} updates a second</source>
   <translation>每秒 {count} 次更新</translation>
  </message>
  <message>
   <source>Every weight shares in the error by what it passed on: δ of its neuron times its input.</source>
   <translation>每个权重对误差的影响：其神经元的 δ 乘以其输入。</translation>
  </message>
  <message>
   <source>Raising one score lowers the shares of all others: every output has a part in every input's gradient.</source>
   <translation>提高一个得分会降低其他所有份额：每个输出都参与每个输入的梯度。</translation>
  </message>
  <message>
   <source>A number also moves the mean and the variance that all {count} share, so its gradient has three paths.</source>
   <translation>一个数还会改变全部 {count} 个数共用的均值和方差，所以它的梯度有三条路径。</translation>
  </message>
  <message>
   <source>The whole gradient goes to the number that won; the others get none.</source>
   <translation>全部梯度都传给胜出的那个数，其余得不到。</translation>
  </message>
  <message>
   <source>Each number of the window gets the same share of the gradient.</source>
   <translation>窗口中每个数得到同样的一份梯度。</translation>
  </message>
  <message>
   <source>What was switched off gets no gradient; the others get theirs, scaled as in the forward pass.</source>
   <translation>被关闭的得不到梯度；其余按前向时的比例缩放得到梯度。</translation>
  </message>
  <message>
   <source>A sum hands its gradient to each summand unchanged: this is why a skip link keeps the gradient alive.</source>
   <translation>求和把梯度原样传给每个加数：这就是跳跃连接能保住梯度的原因。</translation>
  </message>
  <message>
   <source>Each factor gets the gradient times the other factor.</source>
   <translation>每个因子得到梯度乘以另一个因子。</translation>
  </message>
  <message>
   <source>Every number of the sum gets the same gradient; of a mean, its share.</source>
   <translation>和中的每个数得到相同的梯度；若是均值，则各得其份额。</translation>
  </message>
  <message>
   <source>The gradient goes to the row that was read; all other rows keep still.</source>
   <translation>梯度传给被读取的那一行；其他行保持不动。</translation>
  </message>
  <message>
   <source>Each place of the feature map sends δ back through the same kernel; their gradients add up.</source>
   <translation>特征图的每个位置都通过同一个卷积核把 δ 传回，梯度相加。</translation>
  </message>
  <message>
   <source>{name} hands the gradient on to what came into it.</source>
   <translation>{name} 将梯度传给它的输入。</translation>
  </message>
  <message>
   <source>The function is flat here: nothing of the gradient passes.</source>
   <translation>函数在这里是平的：梯度一点也传不过去。</translation>
  </message>
  <message>
   <source>With learnt mean and variance the layer is a plain scaling.</source>
   <translation>使用学得的均值和方差时，这一层只是简单的缩放。</translation>
  </message>
  <message>
   <source>∂E/∂x = Jᵀ ∂E/∂y: each input's gradient is the sum over all outputs of ∂E/∂y times how much that output moves with it.</source>
   <translation>∂E/∂x = Jᵀ ∂E/∂y：每个输入的梯度，是对所有输出求和：∂E/∂y 乘以该输出随此输入变化的快慢。</translation>
  </message>
  <message>
   <source>Added up over the {count} numbers that it was used for.</source>
   <translation>对它参与的 {count} 个数求和。</translation>
  </message>
  <message>
   <source>Its gradient is zero: changing it a little would not change the loss.</source>
   <translation>它的梯度为零：稍微改变它不会改变损失。</translation>
  </message>
  <message>
   <source>A greater value would raise the loss, so it goes down.</source>
   <translation>更大的值会提高损失，所以它要减小。</translation>
  </message>
  <message>
   <source>A greater value would lower the loss, so it goes up.</source>
   <translation>更大的值会降低损失，所以它要增大。</translation>
  </message>
  <message>
   <source>Used {count} times, so the gradients of all paths are added up: {paths}</source>
   <translation>被使用 {count} 次，所以各条路径的梯度相加：{paths}</translation>
  </message>
  <message>
   <source>{count} paths through {name}</source>
   <translation>经过 {name} 的 {count} 条路径</translation>
  </message>
  <message>
   <source>The function is nearly flat here: hardly any of the gradient passes.</source>
   <translation>函数在这里几乎是平的：梯度几乎传不过去。</translation>
  </message>
  <message>
   <source>The gradient that arrives is multiplied by the slope of the function at this place.</source>
   <translation>传来的梯度乘以函数在此处的斜率。</translation>
  </message>
  <message>
   <source>Jacobian ∂aᵢ/∂zⱼ = aᵢ(δᵢⱼ − aⱼ)</source>
   <translation>雅可比 ∂aᵢ/∂zⱼ = aᵢ(δᵢⱼ − aⱼ)</translation>
  </message>
  <message>
   <source>straight</source>
   <translation>直接</translation>
  </message>
  <message>
   <source>through the variance</source>
   <translation>经过方差</translation>
  </message>
  <message>
   <source>through the mean</source>
   <translation>经过均值</translation>
  </message>
  <message>
   <source>This kernel lay on {count} places of each sample; its gradient is the sum over all of them.</source>
   <translation>这个卷积核在每个样本上落在 {count} 个位置；它的梯度是所有位置之和。</translation>
  </message>
  <message>
   <source>δ of feature map {number}</source>
   <translation>第 {number} 个特征图的 δ</translation>
  </message>
  <message>
   <source>{neuron} should go down, and input {input} pushes it up, so this weight shrinks.</source>
   <translation>{neuron} 应该降低，而输入 {input} 把它推高，所以这个权重减小。</translation>
  </message>
  <message>
   <source>{neuron} should go down; input {input} is negative, so a greater weight pulls it down.</source>
   <translation>{neuron} 应该降低；输入 {input} 为负，所以更大的权重会把它拉低。</translation>
  </message>
  <message>
   <source>{neuron} should go up, and input {input} pushes it up, so this weight grows.</source>
   <translation>{neuron} 应该升高，输入 {input} 把它推高，所以这个权重增大。</translation>
  </message>
  <message>
   <source>{neuron} should go up, but input {input} is negative, so this weight shrinks.</source>
   <translation>{neuron} 应该升高，但输入 {input} 为负，所以这个权重减小。</translation>
  </message>
  <message>
   <source>path through {name}</source>
   <translation>经过 {name} 的路径</translation>
  </message>
  <message>
   <source>The {count} largest of {total} products are written out.</source>
   <translation>写出了 {total} 个乘积中最大的 {count} 个。</translation>
  </message>
  <message>
   <source>Summed over the {count} rows; δ already carries the 1/N of the mean loss.</source>
   <translation>对 {count} 行求和；δ 已经含有平均损失的 1/N。</translation>
  </message>
  <message>
   <source>The gradient of the weights is summed over the {count} samples of the batch.</source>
   <translation>权重的梯度对该批的 {count} 个样本求和。</translation>
  </message>
  <message>
   <source>{value} through {name}</source>
   <translation>经 {name} 传回 {value}</translation>
  </message>
  <message>
   <source>To where this number was made (Alt+←)</source>
   <translation>到这个数产生的地方（Alt+←）</translation>
  </message>
  <message>
   <source>To where this number is used (Alt+→)</source>
   <translation>到这个数被使用的地方（Alt+→）</translation>
  </message>
  <message>
   <source>Compare this gradient with a finite difference</source>
   <translation>把这个梯度与有限差分比较</translation>
  </message>
  <message>
   <source>RULE</source>
   <translation>规则</translation>
  </message>
  <message>
   <source>WITH NUMBERS</source>
   <translation>代入数值</translation>
  </message>
  <message>
   <source>{count} rows more</source>
   <translation>还有 {count} 行</translation>
  </message>
  <message>
   <source>{count} columns more</source>
   <translation>还有 {count} 列</translation>
  </message>
  <message>
   <source>Place</source>
   <translation>位置</translation>
  </message>
  <message>
   <source>Where from?</source>
   <translation>从哪来？</translation>
  </message>
  <message>
   <source>Where to?</source>
   <translation>到哪去？</translation>
  </message>
  <message>
   <source>Check</source>
   <translation>检验</translation>
  </message>
  <message>
   <source>THE FUNCTION (BLUE), ITS SLOPE (GREY), AND THE TANGENT HERE</source>
   <translation>函数（蓝）、其斜率（灰）与此处的切线</translation>
  </message>
  <message>
   <source>FIGURES (CLICK COPIES)</source>
   <translation>数字（点击复制）</translation>
  </message>
  <message>
   <source>CHECK</source>
   <translation>检验</translation>
  </message>
  <message>
   <source>Press Step to walk through one training step, forwards and backwards.</source>
   <translation>按“单步”可逐步观察一次训练：可前进，也可后退。</translation>
  </message>
  <message>
   <source>Step {step} of {steps} · {phase}</source>
   <translation>第 {step} 步，共 {steps} 步 · {phase}</translation>
  </message>
  <message>
   <source>The loss says in one number how far the prediction is from the target.</source>
   <translation>损失用一个数表示预测与目标的差距。</translation>
  </message>
  <message>
   <source>What comes out of {name}?</source>
   <translation>{name} 的输出是什么？</translation>
  </message>
  <message>
   <source>Number</source>
   <translation>数</translation>
  </message>
  <message>
   <source>Neuron</source>
   <translation>神经元</translation>
  </message>
  <message>
   <source>Time step</source>
   <translation>时间步</translation>
  </message>
  <message>
   <source>Head</source>
   <translation>头</translation>
  </message>
  <message>
   <source>Channel</source>
   <translation>通道</translation>
  </message>
  <message>
   <source>What does {name} become?</source>
   <translation>{name} 变成多少？</translation>
  </message>
  <message>
   <source>What would {name} become?</source>
   <translation>{name} 将变成什么？</translation>
  </message>
  <message>
   <source>How much does {name} share in the error?</source>
   <translation>{name} 对误差有多大影响？</translation>
  </message>
  <message>
   <source>This layer is one fused operator. Switch Neurons on to walk through it gate by gate and time step by time step.</source>
   <translation>这一层是一个融合算子。打开“神经元”即可逐个门、逐个时间步地走过它。</translation>
  </message>
  <message>
   <source>Spelled out operation by operation; the fused operator that trains gives the same to {error}.</source>
   <translation>按运算逐步展开；训练所用的融合算子结果相同，误差 {error}。</translation>
  </message>
  <message>
   <source>y = {operation}(x)</source>
   <translation>y = {operation}(x)</translation>
  </message>
  <message>
   <source>chain rule</source>
   <translation>链式法则</translation>
  </message>
  <message>
   <source>From the last layer to the first the gradient changes by a factor of {factor}.</source>
   <translation>从最后一层到第一层，梯度变化了 {factor} 倍。</translation>
  </message>
  <message>
   <source>The gradient vanishes: at the first layer {share} of it is left. Try ReLU, skip links or normalization.</source>
   <translation>梯度消失：到第一层只剩 {share}。可以试试 ReLU、跳跃连接或归一化。</translation>
  </message>
  <message>
   <source>The gradient explodes: at the first layer it is {factor} times as large. Try smaller weights or clipping.</source>
   <translation>梯度爆炸：到第一层变为 {factor} 倍。可以试试更小的权重或梯度裁剪。</translation>
  </message>
  <message>
   <source>through time</source>
   <translation>沿时间</translation>
  </message>
  <message>
   <source>By time step, for recurrent layers. Choose Neurons on the timeline to spell them out.</source>
   <translation>按时间步显示，用于循环层。在时间轴上选择“神经元”以展开它们。</translation>
  </message>
  <message>
   <source>Keep to compare</source>
   <translation>保留作比较</translation>
  </message>
  <message>
   <source>Keep these norms as dashed marks; change the network, step again, and compare</source>
   <translation>把这些范数保留为虚线；修改网络，再单步一次，然后比较</translation>
  </message>
  <message>
   <source>Forget</source>
   <translation>忘记</translation>
  </message>
  <message>
   <source>input</source>
   <translation>输入</translation>
  </message>
  <message>
   <source>Step through a training step to see how far the gradient gets.</source>
   <translation>单步执行一个训练步，看看梯度能传多远。</translation>
  </message>
  <message>
   <source>logarithmic</source>
   <translation>对数刻度</translation>
  </message>
  <message>
   <source>No recurrent layer is spelled out. Choose Neurons on the timeline.</source>
   <translation>没有展开的循环层。请在时间轴上选择“神经元”。</translation>
  </message>
  <message>
   <source>Kept: {kept} in the last row, now {now}.</source>
   <translation>已保留：最后一行为 {kept}，现在为 {now}。</translation>
  </message>
  <message>
   <source>layer</source>
   <translation>层</translation>
  </message>
  <message>
   <source>slope {slope}</source>
   <translation>斜率 {slope}</translation>
  </message>
  <message>
   <source>Each input of {name} is multiplied by its weight; the products and the bias are added up.</source>
   <translation>{name} 的每个输入乘以对应权重，再将各乘积与偏置相加。</translation>
  </message>
  <message>
   <source>The function is put on each number of its own.</source>
   <translation>函数分别作用于每个数。</translation>
  </message>
  <message>
   <source>The scores of a row become shares that add up to 1.</source>
   <translation>一行得分变成总和为 1 的份额。</translation>
  </message>
  <message>
   <source>In training each number is switched off with probability {p}; the others are scaled by {scale} so that the mean stays.</source>
   <translation>训练时每个数以概率 {p} 被关闭；其余乘以 {scale}，使均值不变。</translation>
  </message>
  <message>
   <source>A token is the number of a row; that row is what the network goes on with.</source>
   <translation>词元就是行号；网络接着使用的就是那一行。</translation>
  </message>
  <message>
   <source>Row {row} of the first times column {column} of the second, added up.</source>
   <translation>第一个矩阵的第 {row} 行乘以第二个的第 {column} 列，再相加。</translation>
  </message>
  <message>
   <source>What came in is added up, place by place; the gradient goes to all of it unchanged.</source>
   <translation>把输入逐位相加；梯度原样传给每一个。</translation>
  </message>
  <message>
   <source>What came in is multiplied place by place: each factor opens or closes the way of the other.</source>
   <translation>把输入逐位相乘：每个因子打开或关闭另一个的通路。</translation>
  </message>
  <message>
   <source>{name} turns its input into its output.</source>
   <translation>{name} 将输入变为输出。</translation>
  </message>
  <message>
   <source>Over the {count} numbers of this column of the batch: mean taken away, divided by the spread, then scaled and shifted.</source>
   <translation>对这一批中该列的 {count} 个数：减去均值，除以标准差，再缩放和平移。</translation>
  </message>
  <message>
   <source>Over {count} numbers of this one sample: mean taken away, divided by the spread, then scaled and shifted.</source>
   <translation>对这一个样本的 {count} 个数：减去均值，除以标准差，再缩放和平移。</translation>
  </message>
  <message>
   <source>The greatest score is taken away first: the result is the same and nothing overflows.</source>
   <translation>先减去最大的得分：结果相同，也不会溢出。</translation>
  </message>
  <message>
   <source>{off} of {count} are off in this step.</source>
   <translation>这一步中 {count} 个里有 {off} 个被关闭。</translation>
  </message>
  <message>
   <source>token {token}: row {row} of {count}</source>
   <translation>词元 {token}：共 {count} 行中的第 {row} 行</translation>
  </message>
  <message>
   <source>weights: a row per neuron</source>
   <translation>权重：每行一个神经元</translation>
  </message>
  <message>
   <source>mean and variance are those learnt in training: {mean} and {variance}</source>
   <translation>均值和方差是训练中学得的：{mean} 和 {variance}</translation>
  </message>
  <message>
   <source>Outside training all neurons are on: y = x = {value}</source>
   <translation>训练之外所有神经元都开启：y = x = {value}</translation>
  </message>
  <message>
   <source>mask: 1 on, 0 off</source>
   <translation>掩码：1 开，0 关</translation>
  </message>
  <message>
   <source>table: a row per token</source>
   <translation>表：每行一个词元</translation>
  </message>
  <message>
   <source>all results</source>
   <translation>全部结果</translation>
  </message>
  <message>
   <source>time step {t}</source>
   <translation>时间步 {t}</translation>
  </message>
  <message>
   <source>from the input</source>
   <translation>来自输入</translation>
  </message>
  <message>
   <source>from the state before</source>
   <translation>来自前一状态</translation>
  </message>
  <message>
   <source>both added</source>
   <translation>两者相加</translation>
  </message>
  <message>
   <source>input gate</source>
   <translation>输入门</translation>
  </message>
  <message>
   <source>How much of what is new is let in.</source>
   <translation>放入多少新内容。</translation>
  </message>
  <message>
   <source>forget gate</source>
   <translation>遗忘门</translation>
  </message>
  <message>
   <source>How much of the memory is kept.</source>
   <translation>保留多少记忆。</translation>
  </message>
  <message>
   <source>candidate</source>
   <translation>候选值</translation>
  </message>
  <message>
   <source>What could be written into the memory.</source>
   <translation>可以写入记忆的内容。</translation>
  </message>
  <message>
   <source>output gate</source>
   <translation>输出门</translation>
  </message>
  <message>
   <source>How much of the memory is shown.</source>
   <translation>显示多少记忆。</translation>
  </message>
  <message>
   <source>what is kept</source>
   <translation>保留的部分</translation>
  </message>
  <message>
   <source>The old part, as far as the gate leaves it.</source>
   <translation>旧的部分，按门所留的量。</translation>
  </message>
  <message>
   <source>what is new</source>
   <translation>新的部分</translation>
  </message>
  <message>
   <source>The new part, before it is mixed in.</source>
   <translation>新的部分，尚未混入。</translation>
  </message>
  <message>
   <source>memory cell</source>
   <translation>记忆单元</translation>
  </message>
  <message>
   <source>The memory of this time step: what is kept and what is new.</source>
   <translation>此时间步的记忆：保留的加上新的。</translation>
  </message>
  <message>
   <source>memory, squeezed</source>
   <translation>压缩后的记忆</translation>
  </message>
  <message>
   <source>state</source>
   <translation>状态</translation>
  </message>
  <message>
   <source>The state of this time step, handed on to the next.</source>
   <translation>此时间步的状态，传给下一步。</translation>
  </message>
  <message>
   <source>reset gate</source>
   <translation>重置门</translation>
  </message>
  <message>
   <source>How much of the state before counts for the new one.</source>
   <translation>前一状态在新状态中占多少。</translation>
  </message>
  <message>
   <source>update gate</source>
   <translation>更新门</translation>
  </message>
  <message>
   <source>How much of the old state stays.</source>
   <translation>旧状态保留多少。</translation>
  </message>
  <message>
   <source>reset gate, before σ</source>
   <translation>重置门（σ 之前）</translation>
  </message>
  <message>
   <source>update gate, before σ</source>
   <translation>更新门（σ 之前）</translation>
  </message>
  <message>
   <source>new state, before tanh</source>
   <translation>新状态（tanh 之前）</translation>
  </message>
  <message>
   <source>state before, as far as it counts</source>
   <translation>计入的前一状态</translation>
  </message>
  <message>
   <source>room for the new state</source>
   <translation>留给新状态的空间</translation>
  </message>
  <message>
   <source>new part</source>
   <translation>新的部分</translation>
  </message>
  <message>
   <source>layer {layer}</source>
   <translation>第 {layer} 层</translation>
  </message>
  <message>
   <source>backwards</source>
   <translation>反向</translation>
  </message>
  <message>
   <source>→ direction {first}   ↑ direction {second}   ± {reach}</source>
   <translation>→ 方向 {first}   ↑ 方向 {second}   ± {reach}</translation>
  </message>
  <message>
   <source>loss {loss} at {x}, {y}</source>
   <translation>在 {x}，{y} 处损失为 {loss}</translation>
  </message>
  <message>
   <source>Directions</source>
   <translation>方向</translation>
  </message>
  <message>
   <source>Reach</source>
   <translation>范围</translation>
  </message>
  <message>
   <source>How far around the present weights</source>
   <translation>在当前权重周围多远</translation>
  </message>
  <message>
   <source>Compute</source>
   <translation>计算</translation>
  </message>
  <message>
   <source>The loss around the present weights, worked out beside the training.</source>
   <translation>当前权重周围的损失，在训练之外计算。</translation>
  </message>
  <message>
   <source>along the training's way</source>
   <translation>沿训练路径</translation>
  </message>
  <message>
   <source>two random directions</source>
   <translation>两个随机方向</translation>
  </message>
  <message>
   <source>two chosen weights</source>
   <translation>两个选定的权重</translation>
  </message>
  <message>
   <source>First weight</source>
   <translation>第一个权重</translation>
  </message>
  <message>
   <source>Second weight</source>
   <translation>第二个权重</translation>
  </message>
  <message>
   <source>A parameter's name and the place in it, counted from 1</source>
   <translation>参数名和其中的位置，从 1 数起</translation>
  </message>
  <message>
   <source>Loss {low} (blue) to {high}, in evaluation mode on {samples} training samples; violet: now.</source>
   <translation>损失从 {low}（蓝）到 {high}，在评估模式下对 {samples} 个训练样本计算；紫色：当前。</translation>
  </message>
  <message>
   <source>Stopped.</source>
   <translation>已停止。</translation>
  </message>
  <message>
   <source>The orange way of {count} earlier weights lies to {share} % in this plane.</source>
   <translation>橙色路径由 {count} 组较早的权重组成，有 {share} % 在此平面内。</translation>
  </message>
  <message>
   <source>{count} smaller ones: {value}</source>
   <translation>{count} 个较小的项：{value}</translation>
  </message>
  <message>
   <source>The right class is {right}; it got {share}. The loss is small only when that is near 1.</source>
   <translation>正确的类别是 {right}；它得到 {share}。只有当它接近 1 时损失才小。</translation>
  </message>
  <message>
   <source>Prediction and target are the same value here, so nothing can be learnt. Wire the target to what the network should say.</source>
   <translation>这里预测和目标是同一个值，因此学不到任何东西。请把目标接到网络应给出的答案。</translation>
  </message>
  <message>
   <source>The target is a share for every class. The loss is small when the shares of softmax come near to them.</source>
   <translation>目标是每一类的占比。当 softmax 的占比接近它们时，损失就小。</translation>
  </message>
  <message>
   <source>Each score goes up or down by how far its share is from the one that is wanted.</source>
   <translation>每个得分按其占比与目标占比的差距上升或下降。</translation>
  </message>
  <message>
   <source>Output {number} is too low ({value}, wanted {target}), so it should go up.</source>
   <translation>第 {number} 个输出太低（{value}，应为 {target}），所以应该升高。</translation>
  </message>
  <message>
   <source>The mean of {count} numbers.</source>
   <translation>{count} 个数的均值。</translation>
  </message>
  <message>
   <source>{count} numbers are added up.</source>
   <translation>{count} 个数相加。</translation>
  </message>
  <message>
   <source>There is one number only: it stays as it is.</source>
   <translation>只有一个数：保持不变。</translation>
  </message>
  <message>
   <source>E of this sample</source>
   <translation>此样本的 E</translation>
  </message>
  <message>
   <source>The score of class {right} has to go up, all others down, each by how far its share is off.</source>
   <translation>类别 {right} 的得分要升高，其他都要降低，幅度取决于份额的偏差。</translation>
  </message>
  <message>
   <source>Only the right class's number has a slope here.</source>
   <translation>这里只有正确类别的数有斜率。</translation>
  </message>
  <message>
   <source>The prediction is just right, so there is no gradient.</source>
   <translation>预测恰好正确，所以没有梯度。</translation>
  </message>
  <message>
   <source>Output {number} is too high ({value}, wanted {target}), so it should go down.</source>
   <translation>第 {number} 个输出太高（{value}，应为 {target}），所以应该降低。</translation>
  </message>
  <message>
   <source>Label smoothing spreads {share} of the target over all classes.</source>
   <translation>标签平滑把目标的 {share} 分摊给所有类别。</translation>
  </message>
  <message>
   <source>Each sample counts by the weight of its class.</source>
   <translation>每个样本按其类别的权重计算。</translation>
  </message>
  <message>
   <source>Classes in this order: {names}</source>
   <translation>类别依次为：{names}</translation>
  </message>
  <message>
   <source>Each sample counts by the weight of its class; label smoothing gives every class a share, by its own weight.</source>
   <translation>每个样本按其类别的权重计算；标签平滑按各类自己的权重给每一类一个份额。</translation>
  </message>
  <message>
   <source>Mean over {count} numbers: {rows} samples.</source>
   <translation>对 {count} 个数取平均：{rows} 个样本。</translation>
  </message>
  <message>
   <source>The Jacobian of softmax times the slope −1/p of the logarithm leaves just p − t.</source>
   <translation>Softmax 的雅可比乘以对数的斜率 −1/p，正好只剩 p − t。</translation>
  </message>
  <message>
   <source>Tensor</source>
   <translation>张量</translation>
  </message>
  <message>
   <source>Paint the input …</source>
   <translation>绘制输入…</translation>
  </message>
  <message>
   <source>Take the last change back</source>
   <translation>撤销上一次修改</translation>
  </message>
  <message>
   <source>Make it again</source>
   <translation>重做</translation>
  </message>
  <message>
   <source>Double-click a number of a weight, a bias or the input to change it, or choose it and drag the slider.</source>
   <translation>双击权重、偏置或输入中的数字即可修改；也可选中数字后拖动滑块。</translation>
  </message>
  <message>
   <source>Change the chosen number</source>
   <translation>改变所选数字</translation>
  </message>
  <message>
   <source>Drag to change the chosen number, and watch everything after it follow</source>
   <translation>拖动以改变所选数字，观察其后的一切随之变化</translation>
  </message>
  <message>
   <source>{name} before</source>
   <translation>更新前的 {name}</translation>
  </message>
  <message>
   <source>{name} after</source>
   <translation>更新后的 {name}</translation>
  </message>
  <message>
   <source>memory {sign} of the optimizer</source>
   <translation>优化器的记忆 {sign}</translation>
  </message>
  <message>
   <source>Back to the recorded step</source>
   <translation>回到记录的一步</translation>
  </message>
  <message>
   <source>Train on with these weights</source>
   <translation>用这些权重继续训练</translation>
  </message>
  <message>
   <source>What if ({count} changed): the trained weights are untouched.</source>
   <translation>假设（改了 {count} 个）：训练得到的权重未受影响。</translation>
  </message>
  <message>
   <source>“{given}” is not a number.</source>
   <translation>“{given}”不是数。</translation>
  </message>
  <message>
   <source>gradient as the optimizer gets it</source>
   <translation>优化器得到的梯度</translation>
  </message>
  <message>
   <source>can be changed</source>
   <translation>可以修改</translation>
  </message>
  <message>
   <source>Kernel {number} lies on one patch; products and bias are added up to one number of its feature map.</source>
   <translation>第 {number} 个卷积核落在一个小块上；乘积与偏置相加，得到特征图中的一个数。</translation>
  </message>
  <message>
   <source>This number of the kernel was used at every place of every sample: each adds δ times what lay under it.</source>
   <translation>卷积核中的这个数用于每个样本的每个位置：每处贡献 δ 乘以其下的输入。</translation>
  </message>
  <message>
   <source>The greatest number of the window wins, at place {place} of its channel; the others leave no trace.</source>
   <translation>窗口中最大的数胜出，在其通道的位置 {place}；其余不留痕迹。</translation>
  </message>
  <message>
   <source>The mean of the window; each number in it counts the same.</source>
   <translation>窗口的均值；其中每个数权重相同。</translation>
  </message>
  <message>
   <source>The kernel is laid on as it is (cross-correlation); mathematicians' convolution turns it round first.</source>
   <translation>卷积核按原样放上（互相关）；数学上的卷积会先把它翻转。</translation>
  </message>
  <message>
   <source>input channel {channel} of {count}</source>
   <translation>第 {channel} 个输入通道，共 {count} 个</translation>
  </message>
  <message>
   <source>their products</source>
   <translation>它们的乘积</translation>
  </message>
  <message>
   <source>The {count} largest of {total} products are written out; the last number is what the others add up to.</source>
   <translation>写出了 {total} 个乘积中最大的 {count} 个；最后一个数是其余之和。</translation>
  </message>
  <message>
   <source>window</source>
   <translation>窗口</translation>
  </message>
  <message>
   <source>kernel {number}</source>
   <translation>第 {number} 个卷积核</translation>
  </message>
  <message>
   <source>patch of the input</source>
   <translation>输入的小块</translation>
  </message>
  <message>
   <source>strongest {shown} of {count}</source>
   <translation>{count} 个中最强的 {shown} 个</translation>
  </message>
  <message>
   <source>Timeline</source>
   <translation>时间轴</translation>
  </message>
  <message>
   <source>First step (Home)</source>
   <translation>第一步 (Home)</translation>
  </message>
  <message>
   <source>One step back (←)</source>
   <translation>后退一步 (←)</translation>
  </message>
  <message>
   <source>Play (space)</source>
   <translation>播放（空格）</translation>
  </message>
  <message>
   <source>One step on (→)</source>
   <translation>前进一步 (→)</translation>
  </message>
  <message>
   <source>Last step (End)</source>
   <translation>最后一步 (End)</translation>
  </message>
  <message>
   <source>Pace</source>
   <translation>速度</translation>
  </message>
  <message>
   <source>How fast it plays</source>
   <translation>播放的快慢</translation>
  </message>
  <message>
   <source>Walk inside the layers: neuron by neuron, channel by channel, time step by time step (Z)</source>
   <translation>走进层内：逐个神经元、逐个通道、逐个时间步（Z）</translation>
  </message>
  <message>
   <source>Evaluation</source>
   <translation>评估模式</translation>
  </message>
  <message>
   <source>As the network is used: dropout off, batch norm with what it learnt</source>
   <translation>按使用时的方式：不做随机失活，批归一化使用学得的统计量</translation>
  </message>
  <message>
   <source>Sample</source>
   <translation>样本</translation>
  </message>
  <message>
   <source>Which row of the data is shown, from the present weights</source>
   <translation>用当前权重显示数据的哪一行</translation>
  </message>
  <message>
   <source>Picture of the sample</source>
   <translation>样本的图像</translation>
  </message>
  <message>
   <source>Leave the step (Esc)</source>
   <translation>离开单步（Esc）</translation>
  </message>
  <message>
   <source>Leave the step</source>
   <translation>退出单步</translation>
  </message>
  <message>
   <source>Training steps</source>
   <translation>训练步</translation>
  </message>
  <message>
   <source>Go back through training, and on again: weights, optimizer and random state are as they were</source>
   <translation>在训练中后退和前进：权重、优化器与随机状态都与当时一样</translation>
  </message>
  <message>
   <source>Take the last training step back (Shift+F10)</source>
   <translation>撤销最近一个训练步（Shift+F10）</translation>
  </message>
  <message>
   <source>update {now}, back to update {earliest}</source>
   <translation>第 {now} 次更新，可回到第 {earliest} 次</translation>
  </message>
  <message>
   <source>update {now}</source>
   <translation>第 {now} 次更新</translation>
  </message>
  <message>
   <source>How far back training can be gone, and what is kept in memory for it</source>
   <translation>训练可回退多远，以及为此占用的内存</translation>
  </message>
  <message>
   <source>batch of {count}</source>
   <translation>一批 {count} 个</translation>
  </message>
  <message>
   <source>own sample</source>
   <translation>自定样本</translation>
  </message>
  <message>
   <source>only looked at</source>
   <translation>仅查看</translation>
  </message>
  <message>
   <source>The target: {name}</source>
   <translation>目标：{name}</translation>
  </message>
  <message>
   <source>It stays: neither its gradient nor the optimizer's memory moves it.</source>
   <translation>它保持不变：梯度和优化器的记忆都没有移动它。</translation>
  </message>
  <message>
   <source>cut to ±{limit}: {value}</source>
   <translation>截到 ±{limit}：{value}</translation>
  </message>
  <message>
   <source>clipped: · {factor} = {value}</source>
   <translation>裁剪：· {factor} = {value}</translation>
  </message>
  <message>
   <source>clipping factor</source>
   <translation>裁剪系数</translation>
  </message>
  <message>
   <source>old</source>
   <translation>旧</translation>
  </message>
  <message>
   <source>change</source>
   <translation>变化</translation>
  </message>
  <message>
   <source>new</source>
   <translation>新</translation>
  </message>
  <message>
   <source>This number {moves}, against its gradient.</source>
   <translation>该数沿梯度反方向{moves}。</translation>
  </message>
  <message>
   <source>pull of L1</source>
   <translation>L1 的拉力</translation>
  </message>
  <message>
   <source>Its gradient is zero here; the optimizer's memory or weight decay moves it all the same.</source>
   <translation>它的梯度为零，但优化器的记忆或权重衰减仍移动了它。</translation>
  </message>
  <message>
   <source>This number moves with its gradient this time: the optimizer's memory or weight decay outweighs it.</source>
   <translation>这次这个数顺着梯度移动：优化器的记忆或权重衰减更强。</translation>
  </message>
  <message>
   <source>grows</source>
   <translation>增大</translation>
  </message>
  <message>
   <source>shrinks</source>
   <translation>减小</translation>
  </message>
  <message>
   <source>The first {shown} of {count} stops.</source>
   <translation>共 {count} 站中的前 {shown} 站。</translation>
  </message>
  <message>
   <source>One training step, number by number: samples {rows}, loss {loss}.</source>
   <translation>一个训练步，逐个数字：样本 {rows}，损失 {loss}。</translation>
  </message>
  <message>
   <source>Here: {shown}. Finite difference (E(v + h) − E(v − h)) / 2h in float64: {difference}. Relative error {error}.</source>
   <translation>此处：{shown}。float64 有限差分 (E(v + h) − E(v − h)) / 2h：{difference}。相对误差 {error}。</translation>
  </message>
  <message>
   <source>what if</source>
   <translation>假设</translation>
  </message>
  <message>
   <source>This is where it begins.</source>
   <translation>这里是起点。</translation>
  </message>
  <message>
   <source>This is where it ends.</source>
   <translation>这里是终点。</translation>
  </message>
  <message>
   <source>The run goes on from these weights. Undo training step leads back.</source>
   <translation>训练将从这些权重继续。“撤销训练步”可以退回。</translation>
  </message>
  <message>
   <source>They agree: the gradient is right.</source>
   <translation>两者一致：梯度正确。</translation>
  </message>
  <message>
   <source>Copied {number}.</source>
   <translation>已复制 {number}。</translation>
  </message>
  <message>
   <source>The function has a corner here: the slopes on both sides differ, and one of them is taken.</source>
   <translation>函数在这里有拐角：两侧斜率不同，取其中之一。</translation>
  </message>
  <message>
   <source>They do not agree.</source>
   <translation>两者不一致。</translation>
  </message>
  <message>
   <source>A network for this data</source>
   <translation>适合此数据的网络</translation>
  </message>
  <message>
   <source>{rows} samples were read. This network is a good beginning; everything about it can be changed.</source>
   <translation>读取了 {rows} 个样本。这个网络是不错的起点，其中一切都可以修改。</translation>
  </message>
  <message>
   <source>Take it and run</source>
   <translation>采用并运行</translation>
  </message>
  <message>
   <source>Take it</source>
   <translation>采用</translation>
  </message>
  <message>
   <source>Only the data</source>
   <translation>只要数据</translation>
  </message>
  <message>
   <source>What to vary</source>
   <translation>变化的内容</translation>
  </message>
  <message>
   <source>Values</source>
   <translation>取值</translation>
  </message>
  <message>
   <source>values, such as 0.1; 0.01; 0.001</source>
   <translation>取值，例如 0.1; 0.01; 0.001</translation>
  </message>
  <message>
   <source>Choices</source>
   <translation>选项</translation>
  </message>
  <message>
   <source>Sweep</source>
   <translation>批量试验</translation>
  </message>
  <message>
   <source>Seeds</source>
   <translation>种子</translation>
  </message>
  <message>
   <source>Every variant is trained in a process of its own, {count} at once, beside what you do here.</source>
   <translation>每个变体都在独立进程中训练，同时 {count} 个，不影响您在此的操作。</translation>
  </message>
  <message>
   <source>nothing else</source>
   <translation>无</translation>
  </message>
  <message>
   <source>{count} runs</source>
   <translation>{count} 次训练</translation>
  </message>
  <message>
   <source>Choose at least one value.</source>
   <translation>请至少选择一个取值。</translation>
  </message>
  <message>
   <source>Vary</source>
   <translation>变化</translation>
  </message>
  <message>
   <source>and</source>
   <translation>以及</translation>
  </message>
  <message>
   <source>Seeds for each</source>
   <translation>每个变体的种子数</translation>
  </message>
  <message>
   <source>Leave the tour</source>
   <translation>离开导览</translation>
  </message>
  <message>
   <source>Back</source>
   <translation>上一步</translation>
  </message>
  <message>
   <source>Next</source>
   <translation>下一步</translation>
  </message>
  <message>
   <source>Drag a layer onto the canvas, or double-click it. On the canvas the key A searches them all.</source>
   <translation>把层拖到画布上，或双击它。在画布上按 A 键可搜索所有层。</translation>
  </message>
  <message>
   <source>Pull wires from port to port. Shapes stand on the wires, and what is wrong is said on its card.</source>
   <translation>在端口之间拉连线。连线上写着形状，有问题时在卡片上说明。</translation>
  </message>
  <message>
   <source>What is selected is set here: activation, initializer, loss, optimizer. “?” explains it, F1 opens the help.</source>
   <translation>在这里设置所选内容：激活函数、初始化、损失、优化器。“?”给出解释，F1 打开帮助。</translation>
  </message>
  <message>
   <source>Trains the network. Watch every neuron while it learns; you may go on editing, and everything can be undone.</source>
   <translation>训练网络。观察每个神经元如何学习；可以继续编辑，一切都能撤销。</translation>
  </message>
  <message>
   <source>Walks through one training step, forwards and backwards, with formulas and numbers. Export Python takes the network home.</source>
   <translation>带着公式和数字，前后走过一个训练步。“导出 Python”把网络带回家。</translation>
  </message>
  <message>
   <source>Done</source>
   <translation>完成</translation>
  </message>
  <message>
   <source>Export the walk</source>
   <translation>导出分步过程</translation>
  </message>
  <message>
   <source>Writing {name} …</source>
   <translation>正在写入 {name}…</translation>
  </message>
  <message>
   <source>No step is shown. Press Step first.</source>
   <translation>当前没有显示任何一步。请先按“单步”。</translation>
  </message>
  <message>
   <source>Animated picture (*.gif)</source>
   <translation>动画图片 (*.gif)</translation>
  </message>
  <message>
   <source>Jupyter notebook (*.ipynb)</source>
   <translation>Jupyter 笔记本 (*.ipynb)</translation>
  </message>
  <message>
   <source>Stopped; nothing was written.</source>
   <translation>已停止；没有写入任何内容。</translation>
  </message>
  <message>
   <source>Bias</source>
   <translation>偏置</translation>
  </message>
  <message>
   <source>Bias of {name}:</source>
   <translation>{name} 的偏置：</translation>
  </message>
  <message>
   <source>Press Step first: then weights and biases can be changed by hand.</source>
   <translation>请先按“单步”，然后即可手动修改权重和偏置。</translation>
  </message>
  <message>
   <source>This neuron has no bias.</source>
   <translation>此神经元没有偏置。</translation>
  </message>
  <message>
   <source>What would you like to do?</source>
   <translation>您想做什么？</translation>
  </message>
  <message>
   <source>START FROM AN EXAMPLE</source>
   <translation>从示例开始</translation>
  </message>
  <message>
   <source>YOUR OWN</source>
   <translation>自己动手</translation>
  </message>
  <message>
   <source>From my data: a table, pictures or arrays …</source>
   <translation>使用我的数据：表格、图片或数组…</translation>
  </message>
  <message>
   <source>A blank page: drag layers from the left</source>
   <translation>空白画布：从左侧拖入网络层</translation>
  </message>
  <message>
   <source>Open a project …</source>
   <translation>打开项目…</translation>
  </message>
  <message>
   <source>More examples …</source>
   <translation>更多示例…</translation>
  </message>
  <message>
   <source>GO ON</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>Go on with the interrupted run of {name}: epoch {epoch} of {epochs}</source>
   <translation>继续中断的训练 {name}：第 {epoch} / {epochs} 轮</translation>
  </message>
  <message>
   <source>Go on with {name}</source>
   <translation>继续 {name}</translation>
  </message>
 </context>
</TS>
