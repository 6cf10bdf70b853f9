/// On whose behalf a transaction works: what row-level security lets it see.
public enum AccessScope: Sendable, Hashable {
    /// The product itself: rows of every org and person.
    case system
    /// One org: its rows.
    case org(OrgReference)
    /// One person: the rows that belong to the person.
    case user(User.ID)
}
