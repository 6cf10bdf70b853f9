internal import Postgres

/// Rows are found by person first, as their policies look for them (SEC-049).
enum M0340FindRowsByPerson: Migration {
    static let id = "0340-identity-find-rows-by-person"

    static let sql = """
        CREATE INDEX api_key_network_by_user ON identity.api_key_network (user_id);
        CREATE INDEX handoff_by_user ON identity.handoff (user_id);
        """
}
