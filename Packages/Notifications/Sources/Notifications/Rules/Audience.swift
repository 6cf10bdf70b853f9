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
        let owners = try await recipients(
            try await facts.owners(of: org.id).map { ($0.user, $0.email) }, because: "you own \(org.name)")
        return owners.isEmpty ? operators(because: "\(MailRecipient.nobodyThere) \(org.name)") : owners
    }

    /// The owners, and a person who is concerned for a reason of its own and administers the org still.
    func owners(and person: User.ID, reason: String) async throws -> [MailRecipient] {
        let owners = try await owners()
        guard !owners.contains(where: { $0.user == person.uuid }), try await facts.admins(of: org.id).contains(where: { $0.user == person })
        else { return owners }
        return try await facts.recipients([person], reason: reason) + owners
    }

    /// The admins and owners; the owners' part of it where nobody is an admin any more.
    func admins() async throws -> [MailRecipient] {
        let admins = try await recipients(
            try await facts.admins(of: org.id).map { ($0.user, $0.email) }, because: "you administer \(org.name)")
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
        return try await recipients(
            try await facts.admins(of: found).map { ($0.user, $0.email) }, because: "you administer the graph \(graph.name)")
    }

    /// A person who is concerned for a reason of its own.
    func person(_ id: User.ID, reason: String) async throws -> [MailRecipient] {
        try await facts.recipients([id], reason: reason)
    }

    /// Looks everybody up at once; the order stays.
    private func recipients(_ people: [(user: User.ID, email: String)], because reason: String) async throws -> [MailRecipient] {
        guard !people.isEmpty else { return [] }
        let known = Dictionary(try await facts.people(people.map(\.user)).map { ($0.id, $0) }) { first, _ in first }
        return people.flatMap { MailRecipient.person($0.user, known: known[$0.user], at: $0.email, because: reason) }
    }
}

extension MailRecipient {
    /// A person at an address: nobody whose account is switched off, and with care where the address was never confirmed (NOT-065).
    static func person(_ user: User.ID, known person: User?, at email: String, because reason: String) -> [MailRecipient] {
        guard person.map({ $0.status == .active }) ?? true, let address = MailAddress(email) else { return [] }
        var recipient = MailRecipient(address: address, user: user.uuid, locale: nil, reason: reason)
        recipient.isUnconfirmed = person?.isEmailVerified == false
        return [recipient]
    }

    /// How the reason of a mail begins that those who run the product get in place of an org's own people.
    static let nobodyThere = "you run the product and no owner can be told of"

    /// Whether it goes to those who run the product because nobody of the org can be told.
    var isInPlaceOfOwners: Bool { reason.hasPrefix(Self.nobodyThere) }
}
