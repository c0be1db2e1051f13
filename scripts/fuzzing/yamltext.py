"""Writes values as YAML in many ways: block and flow, quotes of all kinds, comments, anchors, any order of keys."""
import json


class Raw(str):
    """Text that stands in the file as it is."""


PLAIN_KEYS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


class YAMLWriter:
    def __init__(self, random):
        self.random = random
        # Whether null may be no text at all. What a patch makes of that depends on the style of what it meets.
        self.leaves_null_out = False

    def chance(self, share):
        return self.random.random() < share

    def document(self, value):
        text = self.block(value, 0)
        return text[1:] if text.startswith("\n") else text.lstrip(" ")

    def quoted(self, text):
        """A scalar that reads as `text`, in one of the quoted styles."""
        if self.chance(0.3) and not any(c in text for c in "\n\t\r") and text.isprintable():
            return Raw("'" + text.replace("'", "''") + "'")
        # YAML has no pairs of escapes for characters beyond U+FFFF.
        return Raw(json.dumps(text, ensure_ascii=max(text, default="") <= "\uffff" and self.chance(0.2)))

    def key(self, text):
        simple = (text and text[0] in PLAIN_KEYS and text.lower() not in NOT_PLAIN
                  and all(c.isalnum() and c.isascii() or c in "-_./$" for c in text))
        if text == "$patch":
            return text
        return text if simple and self.chance(0.9) else json.dumps(text)

    def scalar(self, value):
        if isinstance(value, Raw):
            return value if value or self.leaves_null_out else "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if value is None:
            return self.random.choice(["null", "~", "null", "" if self.leaves_null_out else "null"])
        if isinstance(value, (int, float)):
            return str(value)
        return json.dumps(value, ensure_ascii=False)

    def comment(self):
        return self.random.choice(["", "", "", "", "", "", "", " # note", "   # {}"])

    def block(self, value, indent):
        """What follows a key or a dash, with its line break."""
        if isinstance(value, str) and not isinstance(value, Raw) and "\n" in value and self.chance(0.6):
            literal = self.literal(value, indent)
            if literal:
                return literal
        if not isinstance(value, (dict, list)):
            return f" {self.scalar(value)}{self.comment()}\n"
        if not value or self.chance(0.12):
            return f" {self.flow(value)}\n"
        return "\n" + (self.mapping(value, indent) if isinstance(value, dict) else self.sequence(value, indent))

    def literal(self, text, indent):
        lines = text.split("\n")
        if text.startswith((" ", "\n")) or any(c in text for c in "\t\r\u0085\u2028") or not text.isascii():
            return None
        if text.endswith("\n\n") or any(line != line.rstrip() for line in lines):
            return None
        body = lines[:-1] if text.endswith("\n") else lines
        header = "|" if text.endswith("\n") else "|-"
        return f" {header}\n" + "".join(" " * indent + line + "\n" if line else "\n" for line in body)

    def mapping(self, value, indent):
        pairs = list(value.items())
        if self.chance(0.25):
            self.random.shuffle(pairs)
        text = ""
        for key, item in pairs:
            if self.chance(0.02):
                text += " " * indent + "# a comment\n"
            text += " " * indent + self.key(key) + ":" + self.block(item, indent + 2)
        return text

    def sequence(self, value, indent):
        # Below a key, the dashes of a list may stand under the key or further in.
        start = max(0, indent - 2) + (self.random.choice([0, 2]) if indent else 0)
        text = ""
        for item in value:
            # A list in a list must not start where the outer one does.
            rest = self.block(item, start + (4 if isinstance(item, list) else 2))
            if rest.startswith("\n") and isinstance(item, dict):
                rest = " " + rest[1:].lstrip(" ")
                if rest.startswith(" #"):
                    rest = "\n" + " " * (start + 2) + rest.lstrip(" ")
            text += " " * start + "-" + rest
        return text

    def flow(self, value):
        if isinstance(value, Raw):
            safe = value[:1] in "\"'" or value and not any(c in value for c in ",[]{}:#&*!|>%@`")
            return value if safe else json.dumps(str(value))
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.key(k)}: {self.flow(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self.flow, value)) + "]"
        if value is None:
            return "null"
        return self.scalar(value)
