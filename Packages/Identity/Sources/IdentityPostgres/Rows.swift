internal import Core
@_spi(Authentication) internal import Identity
internal import Postgres

extension EmailAddress {
    /// Reads what was checked when it was stored.
    init(stored column: Column) throws {
        guard let address = EmailAddress.inNormalForm(try column.decode(as: String.self)) else {
            throw column.failure("is not an address in normal form")
        }
        self = address
    }
}

extension User {
    init(row: Row) throws {
        guard let name = PersonName(try row.decode("name", as: String.self)) else { throw row["name"].failure("is not a name") }
        guard let status = Status(rawValue: try row.decode("status")) else { throw row["status"].failure("is no status") }
        self.init(
            id: try row.decode(row.has("user_id") ? "user_id" : "id"), email: try EmailAddress(stored: row["email"]),
            name: name, emailVerifiedAt: try row.decode("email_verified_at"), status: status,
            sessionEpoch: Int(try row.decode("session_epoch", as: Int32.self)), keyEpoch: Int(try row.decode("key_epoch", as: Int32.self)),
            defaultOrg: try row.decode("default_org_id"), createdAt: try row.decode("created_at"), updatedAt: try row.decode("updated_at"))
    }

    /// The columns that `init(row:)` reads.
    static let columns: Statement =
        "id, email, name, email_verified_at, status, session_epoch, key_epoch, default_org_id, created_at, updated_at"

    /// The same, of a table with another name in its statement.
    static let accountColumns: Statement =
        """
        a.id, a.email, a.name, a.email_verified_at, a.status, a.session_epoch, a.key_epoch, a.default_org_id, a.created_at, a.updated_at
        """
}

extension Session {
    /// - Parameter prefix: what the names of the columns begin with.
    init(row: Row, prefix: String = "", user: User.ID? = nil) throws {
        self.init(
            id: try row.decode(prefix + "id"), user: try user ?? row.decode("user_id"),
            epoch: Int(try row.decode(prefix + "epoch", as: Int32.self)),
            generation: Int(try row.decode(prefix + "generation", as: Int32.self)),
            confirmedGeneration: Int(try row.decode(prefix + "confirmed_generation", as: Int32.self)),
            rotatedAt: try row.decode(prefix + "rotated_at"), activeOrg: try row.decode(prefix + "active_org_id"),
            methods: try row.decode(prefix + "methods"), authenticatedAt: try row.decode(prefix + "authenticated_at"),
            network: try row.decode(prefix + "network"), clientFamily: try row.decode(prefix + "client_family"),
            lastActiveAt: try row.decode(prefix + "last_active_at"), tokenExpiresAt: try row.decode(prefix + "token_expires_at"),
            absoluteExpiresAt: try row.decode(prefix + "absolute_expires_at"), revokedAt: try row.decode(prefix + "revoked_at"),
            revokeReason: try row.decode(prefix + "revoke_reason", as: String?.self).flatMap(EndReason.init))
    }
}

extension Session {
    /// The columns that `init(row:prefix:)` reads with the prefix `s_`, of a table that is called `s`.
    static let prefixedColumns: Statement =
        """
        s.id AS s_id, s.epoch AS s_epoch, s.generation AS s_generation, s.confirmed_generation AS s_confirmed_generation,
        s.rotated_at AS s_rotated_at, s.active_org_id AS s_active_org_id, s.methods AS s_methods, s.authenticated_at AS s_authenticated_at,
        s.network AS s_network, s.client_family AS s_client_family, s.last_active_at AS s_last_active_at,
        s.token_expires_at AS s_token_expires_at, s.absolute_expires_at AS s_absolute_expires_at, s.revoked_at AS s_revoked_at,
        s.revoke_reason AS s_revoke_reason
        """
}

extension APIKey {
    /// - Parameter prefix: what the names of the columns begin with.
    init(row: Row, prefix: String = "", user: User.ID? = nil) throws {
        let name = row[prefix + "name"]
        guard
            let label = APIKeyLabel(name: try name.decode(as: String.self), description: try row.decode(prefix + "description"))
        else { throw name.failure("is not a label") }
        let scopes = try row.decode(prefix + "scopes", as: [String]?.self)
        self.init(
            id: try row.decode(prefix + "id"), user: try user ?? row.decode("user_id"),
            epoch: Int(try row.decode(prefix + "epoch", as: Int32.self)), label: label, prefix: try row.decode(prefix + "prefix"),
            // A scope that this version does not know grants nothing.
            scopes: scopes.map { Set($0.compactMap(Scope.init)) }, org: try row.decode(prefix + "org_id"),
            graph: try row.decode(prefix + "graph_id"),
            // A range that this version cannot read lets nobody in.
            networks: try row.decode(prefix + "networks", as: [String]?.self)?.compactMap(NetworkRange.init),
            expiresAt: try row.decode(prefix + "expires_at"),
            createdAt: try row.decode(prefix + "created_at"), lastActiveAt: try row.decode(prefix + "last_active_at"),
            revokedAt: try row.decode(prefix + "revoked_at"))
    }
}

extension APIKey {
    /// The columns that `init(row:)` reads.
    static let columns: Statement =
        """
        id, user_id, epoch, name, description, prefix, scopes, org_id, graph_id, networks::text[] AS networks, expires_at, created_at,
        last_active_at, revoked_at
        """
}

extension LinkToken {
    init(row: Row) throws {
        guard let kind = Kind(rawValue: try row.decode("kind")) else { throw row["kind"].failure("is no kind of link") }
        self.init(
            id: try row.decode("id"), user: try row.decode("user_id"), kind: kind, address: try EmailAddress(stored: row["address"]),
            expiresAt: try row.decode("expires_at"))
    }
}

extension OrgScope {
    /// Reads a row of `identity.org_membership`; `nil` where there is none.
    init?(row: Row, prefix: String = "", user: User.ID) throws {
        guard !row[prefix + "org_id"].isNull else { return nil }
        guard let role = OrgRole(rawValue: try row.decode(prefix + "role")) else { throw row[prefix + "role"].failure("is no role") }
        guard let state = State(rawValue: try row.decode(prefix + "org_state")) else {
            throw row[prefix + "org_state"].failure("is no state")
        }
        guard let type = OrgType(rawValue: try row.decode(prefix + "org_type")) else {
            throw row[prefix + "org_type"].failure("is no type")
        }
        self.init(
            org: try row.decode(prefix + "org_id"), user: user, membership: try row.decode(prefix + "membership_id"), role: role,
            state: state, name: try row.decode(prefix + "org_name"), type: type,
            standing: row.has(prefix + "is_alone") ? try SecondFactorStanding(row: row, prefix: prefix) : nil)
    }
}
