package dev.caas.subscription;

import dev.caas.api.DomainSubscription;
import dev.caas.api.DomainSubscriptionSpec.Limit;
import dev.caas.api.Reason;
import dev.caas.entitlement.Denied;
import dev.caas.entitlement.Granted;
import dev.caas.entitlement.NameDenial;
import dev.caas.kube.ObjectName;
import java.time.Instant;

/**
 * Nothing more may be issued under a subscription for now.
 *
 * @param resetsAt when the limit's period ends
 */
public record LimitReached(DomainSubscription subscription, Limit limit, Instant resetsAt) {
    /** As it is told to a certificate that would have been granted but for this. */
    public Denied denied(Granted granted) {
        var message = "DomainSubscription " + ObjectName.of(subscription) + " allows " + limit.certificates()
                + (limit.certificates() == 1 ? " certificate" : " certificates") + " per " + limit.per()
                + ", and no more may be issued before " + resetsAt
                + ". It is tried again then; raise spec.limits there to have it sooner";
        return new Denied(
                Reason.LimitReached,
                message,
                granted.byName().entrySet().stream()
                        .filter(name -> ObjectName.of(name.getValue()).equals(ObjectName.of(subscription)))
                        .map(name -> new NameDenial(name.getKey(), Reason.LimitReached, message))
                        .toList());
    }
}
