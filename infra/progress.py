"""What commands say while they work; apart from lifecycle, because containers have no supervisor to import."""


def say(text: str) -> None:
    """Progress line, seen at once."""
    print(text, flush=True)
