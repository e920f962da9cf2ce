package command

import (
	"context"
	"time"
)

// releaseEvery is how often memory that is not in use goes back; what comes back meanwhile costs a millisecond or two.
const releaseEvery = time.Minute

// keepSmall gives back unused memory now and every minute until the context ends.
func keepSmall(ctx context.Context) {
	again := time.NewTicker(releaseEvery)
	defer again.Stop()
	for {
		releaseUnused()
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}
