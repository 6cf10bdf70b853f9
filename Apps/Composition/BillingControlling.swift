public import Billing
internal import Core

extension Product {
    /// How the switches of Billing stand, for operators (BIL-131).
    public func controls() async throws -> [BillingControlState] { try await billing.controls.states() }

    /// Turns a switch of Billing on or off; what it holds waits and loses nothing.
    ///
    /// - Throws: ``ControlRefusal`` without a name or a reason of 10 to 200 characters.
    public func setControl(_ control: BillingControl, isOn: Bool, because reason: String, by name: String) async throws {
        do {
            try await billing.controls.set(control, isOn: isOn, because: reason, by: name)
        } catch let refusal as BillingControls<AppStore>.Refusal {
            throw ControlRefusal(
                description: refusal == .nobody ? "Say who does it, in at most 100 characters." : "Say why, in 10 to 200 characters.")
        }
    }
}

/// Why a switch was not flipped.
public struct ControlRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What to do instead.
    public let description: String
}
