"""Just enough C++ to find functions in a text: no preprocessor, no templates, only comments, strings and braces."""

import re

LEXEME = re.compile(
    r'//[^\n]*(?:\\\n[^\n]*)*'  # comments
    r'|/\*.*?\*/'
    r'|R"(?P<fence>[^()\s\\]{0,16})\(.*?\)(?P=fence)"'  # strings and characters
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'"
    r'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*',  # directives
    re.S | re.M)


def blank_out(text):
    """The text with comments, strings and directives turned into blanks; lines and columns stay where they are."""
    return LEXEME.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def functions(text):
    """Yields (first line, last line, signature) of each function that stands in a namespace or a class."""
    code = blank_out(text)
    closing = match_braces(code)
    yield from functions_between(code, closing, 0, len(code))


def match_braces(code):
    closing, open_braces = {}, []
    for match in re.finditer(r"[{}]", code):
        if match[0] == "{":
            open_braces.append(match.start())
        elif open_braces:
            closing[open_braces.pop()] = match.start()
    return closing


def functions_between(code, closing, begin, end):
    declaration = position = begin
    while position < end:
        character = code[position]
        if character == "{" and position in closing:
            close = closing[position]
            head = code[declaration:position]
            if is_scope(head):
                yield from functions_between(code, closing, position + 1, close)
            elif is_part_of_declaration(code, close, head):
                position = close + 1
                continue
            elif "(" in head:
                start = declaration + len(head) - len(head.lstrip())
                yield line_of(code, start), line_of(code, close), " ".join(head.split())[:60]
            position = close
            declaration = close + 1
        elif character in ";}" or (character == ":" and is_access_label(code[declaration:position])):
            declaration = position + 1
        position += 1


def is_scope(head):
    """Does `head {` open something that holds declarations?"""
    head = re.sub(r"\b(?:alignas|__attribute__)\s*\(.*?\)+|\[\[.*?\]\]", " ", head, flags=re.S)
    head = re.sub(r"^\s*template\s*<.*?>\s*(?=class|struct|union)", "", head, flags=re.S)
    if re.search(r"\bextern\s*$|\bnamespace\b[\w:\s]*$", head):
        return True
    return bool(re.search(r"^\s*(?:typedef\s+)?(?:class|struct|union)\b[^()=]*$", head))


def is_part_of_declaration(code, close, head):
    """Is the brace an initialiser, as in `int x{1}`, `= {…}` or `: member_{1}, …`, and not a body?"""
    after = code[close + 1:close + 40].lstrip()
    if after.startswith((",", "{", ")", ";")):
        return not re.search(r"\)\s*(?:const|noexcept|override|final|\s)*$", head) or after.startswith(",")
    return False


def is_access_label(head):
    return head.strip() in ("public", "private", "protected")


def line_of(text, position):
    return text.count("\n", 0, position) + 1
