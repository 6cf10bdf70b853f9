internal import Postgres

/// What credit notes took off an invoice of the provider (STR-106).
enum M0556KeepCreditedSums: Migration {
    static let id = "0556-billing-keep-credited-sums"

    static var sql: String {
        "ALTER TABLE billing.invoice ADD COLUMN amount_credited bigint NOT NULL DEFAULT 0 CHECK (amount_credited >= 0);"
    }
}
