"""The pages of the rota's versions: the list, the differences, uploads with all their faults, and restoring."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from flask import flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.errors import InvalidInput
from callcenter.front.limits import LARGEST_ROTA
from callcenter.office import current_office
from callcenter.rota import versions
from callcenter.rota.reading.archive import unpack
from callcenter.rota.reading.faults import Fault
from callcenter.rota.reading.files import read_files
from callcenter.rota.show.diff import diff
from callcenter.storage.engine import reading
from callcenter.web import formats, undo
from callcenter.web.active_rota import active
from callcenter.web.locale import _, current
from callcenter.web.page import LEADS, Page, now, pages, read, visitor, writing

# Two versions are compared over the duty of this many coming days.
DIFF_DAYS = 28

blueprint = pages("rota_versions", LEADS)


@blueprint.get("/rooster/versies")
def rota_list() -> Page:
    """Every version, newest first."""
    return _list(())


@blueprint.post("/rooster/versies")
def load() -> Page:
    """Make the uploaded files the active rota, or show every fault in them."""
    files = _uploaded()
    found = read_files(files, now())
    try:
        with writing() as session:
            former = _in_force(session)
            row = versions.store(session, files, found, visitor().email, now(), request.form.get("note", "").strip())
            versions.note_load_attempt(session, now(), failed=False)
            audit(session, now(), visitor().email, "rota_loaded", f"rota:{row.id}")
            secret = _offered(session, former, row.id)
    except versions.RotaRefused as refused:
        with writing() as session:
            versions.note_load_attempt(session, now(), failed=True)
        if active() is None:
            flash(_("The files hold errors. Nothing was loaded, and there is still no rota."), "bad")
        else:
            flash(_("The files hold errors. Nothing was loaded; the last rota stays in force."), "bad")
        return _list(refused.faults)
    undo.done(_told(row.id, former), secret)
    return _list(found.faults)


@blueprint.get("/rooster/versies/<id:number>")
def difference(number: int) -> Page:
    """The differences in duty between this version and the one before, over the coming weeks."""
    earlier = [row.id for row in versions.versions(read()) if row.id < number]
    changed = None
    if earlier:
        start = formats.midnight(formats.local(now()).date())
        old, new = versions.version(read(), earlier[0]), versions.version(read(), number)
        changed = diff(old, new, start, start + timedelta(days=DIFF_DAYS), current())
    return render_template("rota_difference.html", number=number, before=earlier[0] if earlier else None, lines=changed)


@blueprint.get("/rooster/versies/<id:number>.zip")
def files(number: int) -> Page:
    """The files of a version as they were loaded."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, data in versions.files_of(read(), number).items():
            archive.writestr(name, data)
    out.seek(0)
    return send_file(out, "application/zip", as_attachment=True, download_name=f"rooster-{number}.zip")


@blueprint.post("/rooster/versies/<id:number>")
def restore(number: int) -> Page:
    """Make an old version the active rota again, as a new version."""
    try:
        with writing() as session:
            former = _in_force(session)
            row = versions.restore(session, number, visitor().email, now())
            audit(session, now(), visitor().email, "rota_restored", f"rota:{row.id}", of=number)
            secret = _offered(session, former, row.id)
    except versions.RotaRefused as refused:
        flash(_("This version does not pass the checks of today."), "bad")
        return _list(refused.faults)
    undo.done(_told(row.id, former), secret)
    return redirect(url_for(".rota_list"), 303)


def _in_force(session: Session) -> int | None:
    """The version in force, which stays so until this transaction ends."""
    versions.wait_for_others(session, now())
    found = versions.active(session)
    return found[0] if found is not None else None


def _offered(session: Session, former: int | None, number: int) -> str | None:
    """The undo of a version that was put in force. The first one has none: nothing was before it."""
    return undo.offered(session, "rota", {"before": former, "after": number}) if former is not None else None


def _told(number: int, former: int | None) -> str:
    if former is None:
        return _("Version %(n)s is in force.", n=number)
    return _("Version %(n)s is in force; it replaces version %(former)s.", n=number, former=former)


def _list(faults: tuple[Fault, ...]) -> str:
    language = current()
    shown = [(fault.severity, f"{fault.file}:{fault.line}", fault.code, fault.sentence(language)) for fault in faults]
    # After a load the request's own read session still sees the state before it.
    with reading(current_office().sessions) as session:
        return render_template("rota_versions.html", versions=versions.versions(session), faults=shown)


def _uploaded() -> dict[str, bytes]:
    """The files of the form: a zip, or the files themselves. Raises InvalidInput."""
    found: dict[str, bytes] = {}
    for file in request.files.getlist("files"):
        name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
        data = file.stream.read(LARGEST_ROTA + 1)
        if len(data) > LARGEST_ROTA:
            raise InvalidInput("files", _("this file is too large for a rota"))
        if name.lower().endswith(".zip"):
            found |= unpack(data)
        elif name:
            found[name] = data
    if not found:
        raise InvalidInput("files", _("choose the files of the rota, or a zip of them"))
    return found
