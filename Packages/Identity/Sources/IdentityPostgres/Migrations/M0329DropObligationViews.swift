public import Postgres

/// What is in the way of an account's end is asked of the packages above by the observer of accounts, under their own locks; views would be a second
/// and unlocked copy of the answer (ID-143, ID-144).
public enum M0329DropObligationViews: Migration {
    /// `0329-identity-drop-obligation-views`
    public static var id: String { "0329-identity-drop-obligation-views" }
    /// The views.
    public static var sql: String { "DROP VIEW identity.graph_obligation, identity.billing_obligation;" }
}
