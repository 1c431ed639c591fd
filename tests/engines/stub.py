"""A server that speaks Milvus's protocol and does one thing wrong: what a real one does when it is old, full or slow."""

from __future__ import annotations

import base64
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc


class Stub(milvus_pb2_grpc.MilvusServiceServicer):
    """Answers as a new and empty server of some version does; ``faults`` name what happens at a call."""

    def __init__(self, *, version="v2.5.4", user=None, faults=None):
        self.version, self.user, self.faults, self.calls = version, user, faults or {}, []

    def _said(self, name, context):
        """Note a call, and do wrong what is to be done wrong."""
        self.calls.append(name)
        told = dict(context.invocation_metadata()).get("authorization", "")
        if self.user is not None and told != base64.b64encode(self.user.encode()).decode():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure, please check api key is correct")
        fault = self.faults.get(name)
        if isinstance(fault, float):
            time.sleep(fault)
        elif isinstance(fault, grpc.StatusCode):
            context.abort(fault, "on purpose")
        elif fault is not None:
            return common_pb2.Status(code=fault[0], reason=fault[1], error_code=common_pb2.UnexpectedError)
        return common_pb2.Status()

    def Connect(self, request, context):
        server = common_pb2.ServerInfo(build_tags=self.version)
        return milvus_pb2.ConnectResponse(status=self._said("Connect", context), server_info=server, identifier=1)

    def GetVersion(self, request, context):
        return milvus_pb2.GetVersionResponse(status=self._said("GetVersion", context), version=self.version)

    def DescribeCollection(self, request, context):
        status = self._said("DescribeCollection", context)
        if not status.code:
            status = common_pb2.Status(code=100, reason="can't find collection", error_code=4)
        return milvus_pb2.DescribeCollectionResponse(status=status)

    def ShowCollections(self, request, context):
        return milvus_pb2.ShowCollectionsResponse(status=self._said("ShowCollections", context))

    def CreateCollection(self, request, context):
        return self._said("CreateCollection", context)

    def DropCollection(self, request, context):
        return self._said("DropCollection", context)


@contextmanager
def served(stub, *, certificate=None):
    """Give the port of a server on loopback; with ``certificate`` (key, chain) it speaks TLS."""
    server = grpc.server(ThreadPoolExecutor(4))
    milvus_pb2_grpc.add_MilvusServiceServicer_to_server(stub, server)
    if certificate is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        pair = tuple(path.read_bytes() for path in certificate)
        port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def make_certificate(folder):
    """Make a key and a certificate that signs itself, for loopback; None where there is no openssl."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(chain)]  # fmt: skip
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return key, chain
