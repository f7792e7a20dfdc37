"""The model server: ONNX models behind the Open Inference Protocol, version 2, over HTTP.

`manifest` says what is served, `models` keeps it loaded, `batching` runs requests together, `inference` is one request
from bytes to bytes, `app` the addresses, `connections` what a client may keep us waiting for. Nothing is imported here:
whoever writes a manifest needs no ONNX Runtime, which comes with the extra `serve`.
"""
