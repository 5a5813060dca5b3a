"""Looks at one cookie: takes it apart however it was pasted, tries the secrets on it, and looks up its row."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import psycopg

from sessile.doctor.evidence import dotenv, environment
from sessile.doctor.evidence.flaws import unquoted
from sessile.doctor.evidence.sorting import Item, Kind, NotEvidence
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.why import Arrival, NoRow, Row, Signature, Unsigned
from sessile.session.cookie import SIGNED_PREFIX, decoded
from sessile.session.id import masked
from sessile.session.keyring import Keyring, fingerprint
from sessile.session.strength import KNOWN
from sessile.stores.postgres.shape import TableShape
