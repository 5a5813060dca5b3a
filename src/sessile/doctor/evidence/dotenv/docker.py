"""The reader of `docker run --env-file`: a line is a name, `=`, and the rest of the line as it stands.

Source: docker/cli, pkg/kvfile.
"""

from sessile.doctor.evidence.dotenv.assignment import Assignment


def read(content: bytes) -> dict[str, Assignment]:
    """The variables by name. Raises ValueError where docker refuses the file: not UTF-8, or a blank in a name.

    The blank is most often that of `export NAME=value`.
    """
    variables = {}
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for number, line in enumerate(lines, 1):
        text = line.removesuffix(b"\r").decode().lstrip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not name or " " in name or "\t" in name:
            raise ValueError(f"line {number} has no usable variable name")
        if equals:
            variables[name] = Assignment(value, number)
    return variables
