"""The form that adds videos: an upload with its source and target languages, or a path on the server."""

from collections import Counter

from markupsafe import Markup

from dashboard.service import Languages

ADD_FORM = Markup(
    """<section class="card add" aria-labelledby="add-title"><h2 id="add-title">Add video</h2>
<form id="upload" method="post" action="/upload" enctype="multipart/form-data">
<label class="drop" id="drop" data-own><span><b>Choose files</b> or drop them here</span><span class="soft">Matching .srt files are included</span>
<input id="file" type="file" name="file" required multiple accept="video/*,.mkv,.mp4,.mov,.webm,.avi,.ts,.m4v,.srt,.ass,.ssa,.vtt"></label>
<input type="hidden" name="target_langs" value=""><fieldset class="choice" id="targets"><legend>Target languages</legend><div class="picks">{targets}</div></fieldset>
<div class="pair"><label class="field">Source language <select name="source_lang"><option value="">Auto-detect</option>{sources}</select></label>
<label class="field">Speakers <input type="number" name="speakers" min="1" max="99" placeholder="Auto-detect"></label></div>
<details class="tracks"><summary>Tracks</summary><div class="pair">
<label class="field">Audio track <input type="number" name="audio_track" min="1" max="500" placeholder="Auto-detect" aria-describedby="tracks-hint"></label>
<label class="field">Subtitles <input name="subtitle_track" list="subtitle-choices" maxlength="4096" placeholder="Auto-detect" autocomplete="off" spellcheck="false" aria-describedby="tracks-hint"></label></div>
<datalist id="subtitle-choices"><option value="none">Speech recognition</option></datalist>
<p class="soft" id="tracks-hint">Numbers from 1, as players list the tracks; subtitles also by a file name, or <code>none</code> for speech recognition</p></details>
<details class="tracks"><summary>Glossary</summary>
<label class="field">Terms of these videos <textarea name="glossary" rows="4" maxlength="65536" spellcheck="false" aria-describedby="glossary-hint"></textarea></label>
<p class="soft" id="glossary-hint">A line each: <code>es: Siobhan = Siobhan [ʃiˈβon] "Chivón"</code> translates and pronounces, in IPA, respelled or both</p>
<button type="button" data-glossary="">Library glossary</button></details>
<div class="send"><button type="submit" class="primary">Upload</button></div><p id="upload-said" role="status" data-own></p></form>
<form id="by-path" class="bypath"><label class="field" for="path">Or a file on the server</label>
<div class="join"><input id="path" name="path" required maxlength="4096" placeholder="/films/film.mkv" autocomplete="off" spellcheck="false">
<button type="button" id="browse">Browse</button><button type="submit">Add</button></div><p id="path-said" role="status" data-own></p></form></section>"""
)
TARGET = Markup('<label class="pick"><input type="checkbox" name="target_langs" value="{}"{}> {}{}</label>')
SECOND_ENGINE = Markup(' <span class="soft" title="Not supported by the preferred synthesizer">· {}</span>')
OPTION = Markup('<option value="{}">{}</option>')


def draw_add_form(languages: Languages) -> Markup:
    """Form with a checkbox per target language (default ones checked) and a select of source languages."""
    targets = languages.targets or tuple((tag, tag) for tag in languages.usual)
    names = Counter(name for _, name in targets)
    return ADD_FORM.format(
        targets=Markup("").join(
            TARGET.format(
                tag,
                Markup(" checked") if tag in languages.usual else "",
                name if names[name] == 1 else f"{name} ({tag})",
                SECOND_ENGINE.format(engine) if (engine := languages.second_choices.get(tag)) else "",
            )
            for tag, name in targets
        ),
        sources=Markup("").join(OPTION.format(tag, name) for tag, name in languages.sources),
    )
