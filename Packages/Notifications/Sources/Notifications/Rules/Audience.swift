internal import Core
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

    /// A person who is concerned for a reason of its own.
    func person(_ id: User.ID, reason: String) async throws -> [MailRecipient] {
        guard let person = try await facts.person(id), person.status == .active, let address = MailAddress(person.email.description)
        else { return [] }
        return [MailRecipient(address: address, user: id.uuid, locale: nil, reason: reason)]
    }
}
