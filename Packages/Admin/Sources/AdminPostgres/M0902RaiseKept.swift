public import Postgres

/// What takes an idle cancellation back matters as much as the cancellation (AUD-104). The catalogue changes by a migration alone, so that the guard
/// is lifted for it.
///
/// What the type must refer to stays as it is for one release: while a release is rolled out, processes of the one before write entries that do not
/// name the case, and a refused entry would take the whole transaction with it (OPS-086).
public enum M0902RaiseKept: Migration {
    /// `0902-admin-raise-kept`
    public static var id: String { "0902-admin-raise-kept" }
    /// One row of the catalogue.
    public static var sql: String {
        #"""
        ALTER TABLE audit.event_type DISABLE TRIGGER append_only;
        UPDATE audit.event_type SET risk = 'medium' WHERE name = 'subscription_kept';
        ALTER TABLE audit.event_type ENABLE TRIGGER append_only;

        """#
    }
}
