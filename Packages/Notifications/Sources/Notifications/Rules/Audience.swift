internal import Core
internal import Graphs
internal import Identity
internal import Orgs

/// Who gets the mails about an org, resolved when they are queued (NOT-063).
struct Audience {
    let facts: any MailFacts
    let org: Org

    /// The owners.
    func owners() async throws -> [MailRecipient] {
        try await facts.owners(of: org.id).compactMap { owner in
            MailAddress(owner.email).map {
                MailRecipient(address: $0, user: owner.user.uuid, locale: nil, reason: "you own \(org.name)")
            }
        }
    }

    /// The admins and owners.
    func admins() async throws -> [MailRecipient] {
        try await facts.admins(of: org.id).compactMap { admin in
            MailAddress(admin.email).map {
                MailRecipient(address: $0, user: admin.user.uuid, locale: nil, reason: "you administer \(org.name)")
            }
        }
    }

    /// Where the bills go, else the owners.
    func billing() async throws -> [MailRecipient] {
        guard let text = try await facts.billingAddress(of: org.id), let address = MailAddress(text) else { return try await owners() }
        return [MailRecipient(address: address, user: nil, locale: nil, reason: "the bills of \(org.name) go to this address")]
    }

    /// Those who administer a graph.
    func admins(of graph: GraphFactsOfEvent) async throws -> [MailRecipient] {
        guard let found = try await facts.graph(graph.graph) else { return [] }
        return try await facts.admins(of: found).compactMap { member in
            MailAddress(member.email).map {
                MailRecipient(address: $0, user: member.user.uuid, locale: nil, reason: "you administer the graph \(graph.name)")
            }
        }
    }

    /// A person who is concerned for a reason of its own.
    func person(_ id: User.ID, reason: String) async throws -> [MailRecipient] {
        guard let person = try await facts.person(id), person.status == .active, let address = MailAddress(person.email.description)
        else { return [] }
        return [MailRecipient(address: address, user: id.uuid, locale: nil, reason: reason)]
    }
}
