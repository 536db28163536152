<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
 <context>
  <name>nnstudio</name>
  <message>
   <source>Something went wrong inside the program. Your work is still here; save it now.</source>
   <translation>程序内部出错了。您的工作仍在，请立即保存。</translation>
  </message>
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
   <source>Duplicate</source>
   <translation>复制一份</translation>
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
   <source>Tidy up</source>
   <translation>整理</translation>
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
   <source>Reset</source>
   <translation>重置</translation>
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
   <source>Data</source>
   <translation>数据</translation>
  </message>
  <message>
   <source>View</source>
   <translation>视图</translation>
  </message>
  <message>
   <source>Training</source>
   <translation>训练</translation>
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
   <source>Help</source>
   <translation>帮助</translation>
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
   <source>{shown} of {total} shown</source>
   <translation>显示 {total} 个中的 {shown} 个</translation>
  </message>
  <message>
   <source>Canvas</source>
   <translation>画布</translation>
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
   <source>{count} answers</source>
   <translation>{count} 个回答</translation>
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
   <source>typed row</source>
   <translation>输入的行</translation>
  </message>
  <message>
   <source>answer</source>
   <translation>回答</translation>
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
   <source>Wait until the export is done.</source>
   <translation>请等待导出完成。</translation>
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
   <source>Exported {names} with the trained weights; the script reproduces this network exactly.</source>
   <translation>已导出 {names}（含训练后的权重）；脚本可精确重现此网络。</translation>
  </message>
  <message>
   <source>Exported {names} with the start weights; the script reproduces this network exactly.</source>
   <translation>已导出 {names}（含初始权重）；脚本可精确重现此网络。</translation>
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
   <source>range</source>
   <translation>值域</translation>
  </message>
  <message>
   <source>slope</source>
   <translation>导数</translation>
  </message>
  <message>
   <source>found out …</source>
   <translation>自动…</translation>
  </message>
  <message>
   <source>{count} chosen …</source>
   <translation>已选 {count} 个…</translation>
  </message>
  <message>
   <source>Paint …</source>
   <translation>绘制…</translation>
  </message>
  <message>
   <source>Choose …</source>
   <translation>选择…</translation>
  </message>
  <message>
   <source>Search …</source>
   <translation>搜索…</translation>
  </message>
  <message>
   <source>as the network</source>
   <translation>同网络设置</translation>
  </message>
  <message>
   <source>None ticked: found out from the file.</source>
   <translation>都不勾选：由文件自动决定。</translation>
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
   <source>output {shape}</source>
   <translation>输出 {shape}</translation>
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
   <source>Select one node to change its settings.</source>
   <translation>请选择一个节点来修改设置。</translation>
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
   <source>Fewer settings</source>
   <translation>较少设置</translation>
  </message>
  <message>
   <source>All settings …</source>
   <translation>全部设置…</translation>
  </message>
  <message>
   <source>{parameters} parameters</source>
   <translation>{parameters} 个参数</translation>
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
   <source>Settings</source>
   <translation>设置</translation>
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
   <source>NN Studio {version}: draw a network, train it, step through it, take it home as Python.</source>
   <translation>NN Studio {version}：画出网络，训练它，逐步观察它，并以 Python 代码带走。</translation>
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
   <source>Pause</source>
   <translation>暂停</translation>
  </message>
  <message>
   <source>new project</source>
   <translation>新项目</translation>
  </message>
  <message>
   <source>Go on</source>
   <translation>继续</translation>
  </message>
  <message>
   <source>not saved</source>
   <translation>未保存</translation>
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
   <source>Search layers …</source>
   <translation>搜索网络层…</translation>
  </message>
  <message>
   <source>Palette</source>
   <translation>组件面板</translation>
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
   <source>loss</source>
   <translation>损失</translation>
  </message>
  <message>
   <source>accuracy</source>
   <translation>准确率</translation>
  </message>
  <message>
   <source>train</source>
   <translation>训练</translation>
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
   <source>Show</source>
   <translation>显示</translation>
  </message>
  <message>
   <source>No problems: the network can run.</source>
   <translation>没有问题：网络可以运行。</translation>
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
   <source>total</source>
   <translation>合计</translation>
  </message>
  <message>
   <source>Confusion matrix</source>
   <translation>混淆矩阵</translation>
  </message>
  <message>
   <source>By class</source>
   <translation>各类指标</translation>
  </message>
  <message>
   <source>rows: true class, columns: said</source>
   <translation>行：真实类别，列：判断</translation>
  </message>
  <message>
   <source>weights of epoch {epoch} restored</source>
   <translation>已恢复第 {epoch} 轮的权重</translation>
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
   <source>{count} of class {truth} said to be {said}</source>
   <translation>{truth} 类中有 {count} 个被判为 {said}</translation>
  </message>
  <message>
   <source>Progress</source>
   <translation>进度</translation>
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
   <source>reading {name} · {percent} %</source>
   <translation>正在读取 {name} · {percent} %</translation>
  </message>
  <message>
   <source>{seconds} s left</source>
   <translation>剩余 {seconds} 秒</translation>
  </message>
  <message>
   <source>Step {step} of {steps} · {phase}</source>
   <translation>第 {step} 步，共 {steps} 步 · {phase}</translation>
  </message>
  <message>
   <source>Each input of {name} is multiplied by its weight; the products and the bias are added up.</source>
   <translation>{name} 的每个输入乘以对应权重，再将各乘积与偏置相加。</translation>
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
   <source>The gradient that arrives is multiplied by the slope of the function at this place.</source>
   <translation>传来的梯度乘以函数在此处的斜率。</translation>
  </message>
  <message>
   <source>How much does {name} share in the error?</source>
   <translation>{name} 对误差有多大影响？</translation>
  </message>
  <message>
   <source>grows</source>
   <translation>增大</translation>
  </message>
  <message>
   <source>This number {moves}, against its gradient.</source>
   <translation>该数沿梯度反方向{moves}。</translation>
  </message>
  <message>
   <source>Its gradient is zero, so it stays.</source>
   <translation>梯度为零，因此保持不变。</translation>
  </message>
  <message>
   <source>What does {name} become?</source>
   <translation>{name} 变成多少？</translation>
  </message>
  <message>
   <source>{count} smaller ones: {value}</source>
   <translation>{count} 个较小的项：{value}</translation>
  </message>
  <message>
   <source>The function is put on each number of its own.</source>
   <translation>函数分别作用于每个数。</translation>
  </message>
  <message>
   <source>{name} turns its input into its output.</source>
   <translation>{name} 将输入变为输出。</translation>
  </message>
  <message>
   <source>Every weight shares in the error by what it passed on: δ of its neuron times its input.</source>
   <translation>每个权重对误差的影响：其神经元的 δ 乘以其输入。</translation>
  </message>
  <message>
   <source>{name} hands the gradient on to what came into it.</source>
   <translation>{name} 将梯度传给它的输入。</translation>
  </message>
  <message>
   <source>clipped: · {factor} = {value}</source>
   <translation>裁剪：· {factor} = {value}</translation>
  </message>
  <message>
   <source>shrinks</source>
   <translation>减小</translation>
  </message>
  <message>
   <source>stays</source>
   <translation>不变</translation>
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
   <source>y = {operation}(x)</source>
   <translation>y = {operation}(x)</translation>
  </message>
  <message>
   <source>chain rule</source>
   <translation>链式法则</translation>
  </message>
  <message>
   <source>The gradient of the weights is summed over the {count} samples of the batch.</source>
   <translation>权重的梯度对该批的 {count} 个样本求和。</translation>
  </message>
  <message>
   <source>{rows} rows and {columns} columns more</source>
   <translation>另有 {rows} 行、{columns} 列</translation>
  </message>
  <message>
   <source>sample {sample}</source>
   <translation>样本 {sample}</translation>
  </message>
  <message>
   <source>Neuron</source>
   <translation>神经元</translation>
  </message>
  <message>
   <source>of {count}</source>
   <translation>共 {count} 个</translation>
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
   <source>Play</source>
   <translation>播放</translation>
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
   <source>Leave the step</source>
   <translation>退出单步</translation>
  </message>
  <message>
   <source>batch of {count}</source>
   <translation>一批 {count} 个</translation>
  </message>
  <message>
   <source>Press Step to walk through one training step, forwards and backwards.</source>
   <translation>按“单步”可逐步观察一次训练：可前进，也可后退。</translation>
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
   <source>Go on with {name}</source>
   <translation>继续 {name}</translation>
  </message>
 </context>
</TS>
