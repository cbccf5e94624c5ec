package dev.caas.kube;

import java.util.concurrent.CountDownLatch;

/**
 * When this process begins to work: it leads, and all that it watches is known. For what java-operator-sdk starts before
 * that; reconciles it holds back by itself.
 */
public final class Begin {
    private final CountDownLatch begun = new CountDownLatch(1);

    /** Lets everybody go who waits for it, now and later. */
    public void now() {
        begun.countDown();
    }

    /** Waits for it; for ever in a replica that never leads. */
    void await() throws InterruptedException {
        begun.await();
    }
}
