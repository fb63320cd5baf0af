"""Whether every file that a table's metadata refers to is really in the object store."""

from __future__ import annotations

from pyiceberg.table import Table


def missing(table: Table) -> list[str]:
    """Files of all snapshots that are not there: the metadata file, manifest lists, manifests, data files."""
    files = {table.metadata_location}
    for snapshot in table.metadata.snapshots:
        files.add(snapshot.manifest_list)
        for manifest in snapshot.manifests(table.io):
            files.add(manifest.manifest_path)
            entries = manifest.fetch_manifest_entry(table.io, discard_deleted=True)
            files.update(entry.data_file.file_path for entry in entries)
    return sorted(file for file in files if not table.io.new_input(file).exists())
