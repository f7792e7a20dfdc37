"""Models, as files: what an ONNX file takes, gives and needs. `inspecting` is where to begin; nothing is imported here,
since the process that reads a file needs nothing of the one that asks for it."""
