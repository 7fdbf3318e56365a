"""Static files under names that carry their content's hash, so that they may be cached for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    # Our scripts are ES modules: without this they would import each other by the old names, and
    # a browser could mix the modules of two versions.
    support_js_module_import_aggregation = True
