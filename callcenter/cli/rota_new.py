"""The command that writes a small rota to start from."""

from pathlib import Path

import click

from callcenter.cli.rota_options import in_language, now

_NEXT = {
    "nl": (
        "De mensen en nummers zijn verzonnen. Zet je eigen mensen in {people}; {policy} legt de rest uit. Dan:",
        "zegt bij elke regel wat er niet klopt",
        "laat het rooster gelden",
    ),
    "en": (
        "The people and numbers are invented. Put your own people in {people}; {policy} explains the rest. Then:",
        "tells what is wrong in each row",
        "makes it the rota in force",
    ),
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@in_language
def new(folder: Path, language: str) -> None:
    """Write a small rota to start from: five files, explained, that pass every check.

    DIR must be new or empty. The files have Dutch names and columns, or English ones with --language en.
    """
    from callcenter.errors import CallcenterError
    from callcenter.rota.starter import starter_files

    files = starter_files(language, now())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise CallcenterError(f"{folder} is not empty: name a new folder, so that nothing is overwritten")
        for name, data in files.items():
            with (folder / name).open("xb") as file:
                file.write(data)
    except OSError as error:
        raise CallcenterError(f"{folder}: {error.strerror}") from None
    for name in files:
        click.echo(str(folder / name))
    policy, people, *_ = files
    head, check, load = _NEXT[language]
    click.echo(f"\n{head.format(people=people, policy=policy)}")
    click.echo(f"  callcenter rota check {folder}   {check}")
    click.echo(f"  callcenter rota load {folder}    {load}")
