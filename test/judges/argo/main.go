// Command argo-lint judges manifests in the folders and files that it is given, as `argo lint --offline --strict` does.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/argoproj/argo-workflows/v4/cmd/argo/lint"
	"github.com/argoproj/argo-workflows/v4/pkg/apiclient"
)

func main() {
	ctx, client, err := apiclient.NewClientFromOptsWithContext(context.Background(), apiclient.Opts{
		Offline:      true,
		OfflineFiles: os.Args[1:],
		LogLevel:     "error",
	})
	if err == nil {
		kinds := []string{"workflows", "workflowtemplates", "cronworkflows"}
		err = lint.RunLint(ctx, client, kinds, "simple", true, lint.LintOptions{
			Files:   os.Args[1:],
			Strict:  true,
			Printer: os.Stdout,
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
