"""Tables, and files of results."""
import os
import tempfile


def table(columns, rows):
    """Markdown; columns whose heading begins with '<' are to the left, the others to the right."""
    lines = ["| %s |" % " | ".join(column.lstrip("<") for column in columns),
             "|%s|" % "|".join("---" if column.startswith("<") else "---:" for column in columns)]
    for row in rows:
        if len(row) != len(columns):
            raise ValueError("a row of %d cells in a table of %d columns: %s" % (len(row), len(columns), row))
        lines.append("| %s |" % " | ".join(str(cell) for cell in row))
    return "\n".join(lines)


def whole(number):
    """1,234,567"""
    return "{:,.0f}".format(number)


def write_whole(path, text):
    """All of the text, or the file as it was."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
