internal import Identity
public import Jobs
internal import Orgs

/// An event of a domain of which nobody is told by mail or in the product, and why (NOT-171).
public struct SilentEvent: Sendable, Hashable {
    /// The topic of the event.
    public let topic: String
    /// Why nobody is told.
    public let reason: String

    /// Names an event.
    public init<Event: DomainEvent>(_ event: Event.Type, because reason: String) {
        topic = Event.topic
        self.reason = reason
    }

    /// The events of Identity and Orgs of which nobody is told; every other has a rule, which a test sees to.
    public static let all = [
        SilentEvent(UserRegistered.self, because: "the mail that confirms the address greets the person, or nothing is to be confirmed"),
        SilentEvent(APIKeyRevoked.self, because: "whoever ends a key knows of it; keys that end with an account go with its mail"),
        SilentEvent(OrgCreated.self, because: "its founder made it and sees it"),
        SilentEvent(OrgUpdated.self, because: "a name is shown wherever the org is"),
        SilentEvent(OrgLimitsChanged.self, because: "the limits page shows it; what is told is a limit that is nearly used up"),
        SilentEvent(OrgPurgePostponed.self, because: "it is the operators' to look at; the owners get the warning that was missing"),
    ]
}
