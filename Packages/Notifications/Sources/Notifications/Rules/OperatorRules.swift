internal import Audit
internal import Core
internal import Identity
internal import Jobs

/// A sample of a mail, to whoever of those who run the product asked for it (NOT-052).
public struct MailSampleRule: MailRule {
    /// `notifications.mail_sample`
    public static let name = "notifications.mail_sample"
    private let facts: any MailFacts

    /// Makes the rule.
    public init(facts: any MailFacts) {
        self.facts = facts
    }

    /// To the own address alone, as it is when the mail is written; each order gives one.
    public func drafts(for event: MailSampleOrdered, occurrence: String) async throws -> [MailDraft] {
        guard let person = try await facts.staff.member(event.person), let address = person.address else { return [] }
        let sample = event.sample
        var draft = MailDraft(
            decision: "\(MailSampleOrdered.topic)/\(occurrence)",
            context: try MailCatalogue.context(of: sample.template).decode(sample.context), about: [AuditReference(event.person)],
            recipients: [MailRecipient(address: address, user: nil, locale: sample.locale, reason: MailSample.reason)])
        draft.brand = sample.brand
        return [draft]
    }
}
