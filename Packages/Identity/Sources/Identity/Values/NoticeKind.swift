/// What a person is told of only so often.
public enum NoticeKind: String, Sendable, Hashable, CaseIterable {
    /// Somebody tried to register the person's address.
    case registrationAttempted = "registration_attempted"
    /// A sign-in from a new client.
    case newClient = "new_client"
    /// The account will be removed because its address was never verified.
    case unverifiedAccount = "unverified_account"
}
