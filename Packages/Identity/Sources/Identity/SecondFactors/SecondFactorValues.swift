public import Core

/// The secret between the first and the second factor: good for one sign-in, or for one enrolment that it asks for.
public struct MFAToken: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of such a token.
    public typealias ID = Identifier<MFAToken>
    /// `mfa`
    public static let idPrefix = "mfa"
    /// How many answers may be tried on one.
    public static let attempts = 5

    /// What it is good for.
    public enum Purpose: String, Sendable, Hashable, CaseIterable {
        /// Ending a sign-in.
        case login
        /// Enrolling a first passkey, which ends the sign-in.
        case enroll
    }

    /// The id.
    public let id: ID
    /// Who is signing in.
    public let user: User.ID
    /// The person's session epoch at the first factor.
    public let epoch: Int
    /// What it is good for.
    public let purpose: Purpose
    /// What was proven by then.
    public let methods: [String]
    /// The org that the sign-in asked for.
    public let org: OrgReference?
    /// When it ends.
    public let expiresAt: Instant

    /// Makes a token value.
    public init(id: ID, user: User.ID, epoch: Int, purpose: Purpose, methods: [String], org: OrgReference?, expiresAt: Instant) {
        self.id = id
        self.user = user
        self.epoch = epoch
        self.purpose = purpose
        self.methods = methods
        self.org = org
        self.expiresAt = expiresAt
    }
}

/// A question to an authenticator: answered once, in one flow.
public struct CeremonyChallenge: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a challenge.
    public typealias ID = Identifier<CeremonyChallenge>
    /// `wac`
    public static let idPrefix = "wac"

    /// What the answer is for. An answer for one is none for the others (ID-119).
    public enum Flow: String, Sendable, Hashable, CaseIterable {
        /// Enrolling a passkey.
        case registration = "reg"
        /// The second step of a sign-in.
        case secondFactor = "mfa"
        /// Signing in without a password.
        case passwordless = "pwl"
        /// A proof beside a sensitive request.
        case management = "mgmt"
    }

    /// The id.
    public let id: ID
    /// What the answer is for.
    public let flow: Flow
    /// Who is asked; `nil` where nobody has said who they are.
    public let user: User.ID?
    /// The sign-in that it belongs to.
    public let mfaToken: MFAToken.ID?
    /// When it ends.
    public let expiresAt: Instant

    /// Makes a challenge value.
    public init(id: ID, flow: Flow, user: User.ID?, mfaToken: MFAToken.ID?, expiresAt: Instant) {
        self.id = id
        self.flow = flow
        self.user = user
        self.mfaToken = mfaToken
        self.expiresAt = expiresAt
    }
}

/// Proves anew who somebody is.
public enum Proof: Sendable {
    /// The current password.
    case password(Password)
    /// The answer of a passkey to the options for a fresh proof.
    case assertion(JSONValue)
}

/// The second step of a sign-in.
public enum SecondFactorAnswer: Sendable {
    /// A passkey's answer.
    case assertion(JSONValue)
    /// One of the codes for whoever lost every passkey.
    case recoveryCode(String)
}

/// Where an enrolment comes from; never both (ID-120).
public enum EnrolmentLane: Sendable {
    /// From a session, with a proof.
    case session(Principal, Proof?)
    /// From a sign-in that asks for a first passkey.
    case forced(SecretString)
}

/// What an enrolment came to.
public struct PasskeyEnrolment: Sendable {
    /// The passkey.
    public let passkey: Passkey
    /// The codes that came with the first one; shown this once.
    public let recoveryCodes: [String]?
    /// The sign-in that it ended, where it did.
    public let signIn: SignInOutcome?
}

/// Which second factors a person has.
public struct SecondFactorStatus: Sendable, Hashable {
    /// Live passkeys.
    public let passkeys: Int
    /// Codes that were not used.
    public let recoveryCodes: Int
    /// Whether one of the person's roles must have a second factor.
    public let isEnforced: Bool
}

/// A sign-in that waits for its second step.
public struct PendingSignIn: Sendable {
    /// Who signs in.
    public let user: User
    /// What the next step is.
    public let purpose: MFAToken.Purpose
    /// The token that carries it.
    public let token: SecretString
    /// When the token ends.
    public let expiresAt: Instant
}

/// What a way of signing in came to.
public enum SignInStep: Sendable {
    /// A session.
    case completed(SignInOutcome)
    /// The first of two steps.
    case pending(PendingSignIn)

    /// Who signs in.
    public var user: User {
        switch self {
        case .completed(let outcome): outcome.user
        case .pending(let pending): pending.user
        }
    }

    /// The session.
    ///
    /// - Throws: ``IdentityError/secondFactorRequired`` for the first of two steps.
    public func outcome() throws(IdentityError) -> SignInOutcome {
        guard case .completed(let outcome) = self else { throw .secondFactorRequired }
        return outcome
    }
}
