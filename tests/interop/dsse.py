"""Verify a DSSE envelope with securesystemslib.

dsse.py ENVELOPE THRESHOLD KEYID:PUB.pem...
"""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey


def load_key(argument):
    keyid, _, path = argument.partition(":")
    with open(path, "rb") as file:
        return SSlibKey.from_crypto(load_pem_public_key(file.read()), keyid=keyid)


path, threshold, *keys = sys.argv[1:]
with open(path, "rb") as file:
    envelope = Envelope.from_dict(json.load(file))
accepted = envelope.verify([load_key(key) for key in keys], int(threshold))
print(f"{len(accepted)} keys accepted")
