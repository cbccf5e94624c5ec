package dev.caas.api;

/** The reasons of conditions and Events. The names are API: people and tools match on them. */
public enum Reason {
    // Certificates.
    Issued,
    Pending,
    Issuing,
    WaitingForCA,
    RateLimited,
    ChallengeFailed,
    /** A certificate of another account is being issued for the same host. */
    HostBusy,
    NotSubscribed,
    NamespaceNotAllowed,
    PolicyDenied,
    SubscriptionExpired,
    Suspended,
    AmbiguousAccount,
    AccountNotReady,
    SecretConflict,
    InvalidSpec,
    CAPaused,
    /** The CA or the network failed in a way that is worth another try soon. */
    Failed,

    // Accounts.
    Registered,
    SecretNotFound,
    SecretKeyMissing,
    BindingUnknown,
    BindingRejected,
    ServerUnreachable,
    UntrustedServer,
    AddressNotAllowed,
    TermsChanged,
    Conflict,

    // Subscriptions.
    Subscribed
}
