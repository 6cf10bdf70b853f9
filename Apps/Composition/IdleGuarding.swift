public import IdleCancellation

extension Product {
    /// What limits idle cancellations, for operators: how it stands, holding, releasing and giving up (IDL-063, IDL-064).
    public var idleGuard: any BlastRadiusGuard {
        idle.guardian
    }
}
