"""What an account can recover from, for people and programs: the view `recovery` of an assessment, in several formats.

It reads the view as plain JSON, so a saved report shows the same as the snapshot behind it.
"""

from auditor.posture.document import SCHEMA, VERSION, Document, document, insist_on_form, narrowed
from auditor.posture.markdown import markdown
from auditor.posture.outline import outline
from auditor.posture.page import page, section, style
from auditor.posture.table import table

__all__ = [
    "SCHEMA", "VERSION", "Document", "document", "insist_on_form", "markdown", "narrowed", "outline", "page", "section",
    "style", "table",
]  # fmt: skip
