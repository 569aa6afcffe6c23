// A worker in Go: the official SDK on standard input and output, as a fleet starts it.
package main

import (
	"context"
	"log"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type input struct {
	Text string `json:"text" jsonschema:"The text to count in."`
}

type output struct {
	Words      int `json:"words"`
	Characters int `json:"characters"`
}

func countWords(_ context.Context, _ *mcp.CallToolRequest, in input) (*mcp.CallToolResult, output, error) {
	return nil, output{Words: len(strings.Fields(in.Text)), Characters: utf8.RuneCountInString(in.Text)}, nil
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "words", Version: "0.1.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{
		Name:        "count_words",
		Description: "Counts the words and characters of a text. Use it instead of estimating.",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, countWords)
	if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
		log.Fatal(err)
	}
}
