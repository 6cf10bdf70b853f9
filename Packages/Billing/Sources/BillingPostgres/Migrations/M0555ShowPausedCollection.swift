internal import Postgres

/// Whether the provider has stopped to collect for a subscription, which changes neither its status nor what it grants (STR-E57).
enum M0555ShowPausedCollection: Migration {
    static let id = "0555-billing-show-paused-collection"

    static var sql: String {
        "ALTER TABLE billing.subscription ADD COLUMN collection_paused boolean NOT NULL DEFAULT false;"
    }
}
