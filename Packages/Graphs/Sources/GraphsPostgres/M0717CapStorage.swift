internal import Postgres

/// Which graphs hold more than their tier does, and when somebody was told (GRA-094, GRA-095).
enum M0717CapStorage: Migration {
    static let id = "0717-graphs-cap-storage"

    static let sql = #"""
        ALTER TABLE graphs.graph ADD COLUMN over_storage_cap boolean NOT NULL DEFAULT false;
        ALTER TABLE graphs.storage_sample
            ADD COLUMN near_told_at timestamptz,
            ADD COLUMN near_has_eased boolean NOT NULL DEFAULT false,
            ADD COLUMN over_told_at timestamptz,
            ADD COLUMN over_has_eased boolean NOT NULL DEFAULT false;
        """#
}
