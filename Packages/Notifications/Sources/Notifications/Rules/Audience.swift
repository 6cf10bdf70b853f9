internal import Core
internal import Graphs
internal import Identity
internal import Orgs

/// Who gets the mails about an org, resolved when they are queued (NOT-063).
struct Audience {
    let facts: any MailFacts
    let org: Org

    /// The owners; those who run the product where no owner can be told, so that nothing is said to nobody (NOT-066).
    func owners() async throws -> [MailRecipient] {
        let owners = try await facts.owners(of: org.id).compactMap { owner in
            MailAddress(owner.email).map {
                MailRecipient(address: $0, user: owner.user.uuid, locale: nil, reason: "you own \(org.name)")
            }
        }
        return owners.isEmpty ? operators(because: "\(MailRecipient.nobodyThere) \(org.name)") : owners
    }

    /// The admins and owners; the owners' part of it where nobody is an admin any more.
    func admins() async throws -> [MailRecipient] {
        let admins = try await facts.admins(of: org.id).compactMap { admin in
            MailAddress(admin.email).map {
                MailRecipient(address: $0, user: admin.user.uuid, locale: nil, reason: "you administer \(org.name)")
            }
        }
        return admins.isEmpty ? try await owners() : admins
    }

    /// Those who run the product.
    func operators(because reason: String = "you run the product") -> [MailRecipient] {
        facts.operators.map { MailRecipient(address: $0, user: nil, locale: nil, reason: reason) }
    }

    /// Where the bills go, else the owners; the owners instead where mail to it comes back (NOT-058).
    func billing() async throws -> [MailRecipient] {
        guard let text = try await facts.billingAddress(of: org.id), let address = MailAddress(text),
            try await !facts.isUndeliverable(address)
        else { return try await owners() }
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

extension MailRecipient {
    /// How the reason of a mail begins that those who run the product get in place of an org's own people.
    static let nobodyThere = "you run the product and no owner can be told of"

    /// Whether it goes to those who run the product because nobody of the org can be told.
    var isInPlaceOfOwners: Bool { reason.hasPrefix(Self.nobodyThere) }
}
