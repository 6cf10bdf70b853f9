public import Core
public import Identity
public import Jobs

/// One of those who run the product asked for a sample of a mail at the own address (NOT-052).
public struct MailSampleOrdered: DomainEvent, Hashable {
    /// `notifications.mail_sample_ordered`
    public static let topic = "notifications.mail_sample_ordered"
    /// Who asked; whoever sends the mail looks up the address.
    public let person: StaffMember.ID
    /// What is to be sent.
    public let sample: MailSample

    /// Tells of it.
    public init(person: StaffMember.ID, sample: MailSample) {
        self.person = person
        self.sample = sample
    }

    /// By operator.
    public var eventKey: String { person.description }
}
