internal import Postgres

/// What went wrong while an operation was undone, beside its first error.
enum M0502KeepUndoErrors: Migration {
    static let id = "0502-operations-keep-undo-errors"
    static let sql = "ALTER TABLE operations.operation ADD COLUMN undo_errors jsonb NOT NULL DEFAULT '[]';"
}
