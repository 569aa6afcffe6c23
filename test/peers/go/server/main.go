// A server of the Go SDK: everything that the interop matrix asks for. With -http PORT it listens and
// prints its URL, else it speaks on stdio.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const tide = "tide://now"

type none struct{}

type sum struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

type total struct {
	Sum float64 `json:"sum"`
}

type steps struct {
	Steps   int `json:"steps"`
	PauseMs int `json:"pauseMs"`
}

func said(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}

func newServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "go-peer", Version: "1.0.0"}, &mcp.ServerOptions{
		SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
	})
	mcp.AddTool(server, &mcp.Tool{Name: "sum", Description: "Adds."},
		func(_ context.Context, _ *mcp.CallToolRequest, in sum) (*mcp.CallToolResult, total, error) {
			return nil, total{Sum: in.A + in.B}, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "fail", Description: "Fails."},
		func(context.Context, *mcp.CallToolRequest, none) (*mcp.CallToolResult, any, error) {
			return nil, nil, errors.New("run aground")
		})
	mcp.AddTool(server, &mcp.Tool{Name: "steps", Description: "Takes its time and says how far it is."},
		func(ctx context.Context, req *mcp.CallToolRequest, in steps) (*mcp.CallToolResult, any, error) {
			for step := 1; step <= in.Steps; step++ {
				select {
				case <-ctx.Done():
					return nil, nil, ctx.Err()
				case <-time.After(time.Duration(in.PauseMs) * time.Millisecond):
				}
				if token := req.Params.GetProgressToken(); token != nil {
					err := req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
						ProgressToken: token, Progress: float64(step), Total: float64(in.Steps),
					})
					if err != nil {
						return nil, nil, err
					}
				}
			}
			return said("arrived"), nil, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "touch", Description: "Changes the watched resource."},
		func(ctx context.Context, _ *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, any, error) {
			return said("touched"), nil, server.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: tide})
		})
	mcp.AddTool(server, &mcp.Tool{Name: "shout", Description: "Writes to the client's log."},
		func(ctx context.Context, req *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, any, error) {
			return said("shouted"), nil, req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: "warning", Data: "ahoy"})
		})
	mcp.AddTool(server, &mcp.Tool{Name: "ask", Description: "Asks the user for a name."}, ask)
	mcp.AddTool(server, &mcp.Tool{Name: "think", Description: "Asks the client's model."}, think)
	server.AddResource(&mcp.Resource{URI: tide, Name: "tide", MIMEType: "text/plain"},
		func(context.Context, *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{
				{URI: tide, MIMEType: "text/plain", Text: "high water"},
			}}, nil
		})
	return server
}

// The round trip of the modern era; the SDK turns it into requests for older clients.
func ask(_ context.Context, req *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, any, error) {
	if answer, ok := req.Params.InputResponses["name"].(*mcp.ElicitResult); ok {
		return said(fmt.Sprintf("%s %v", answer.Action, answer.Content["name"])), nil, nil
	}
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"name": &mcp.ElicitParams{
		Message: "What is your name?",
		RequestedSchema: &jsonschema.Schema{
			Type:       "object",
			Properties: map[string]*jsonschema.Schema{"name": {Type: "string"}},
			Required:   []string{"name"},
		},
	}}, RequestState: "asked"}, nil, nil
}

func think(_ context.Context, req *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, any, error) {
	switch answer := req.Params.InputResponses["thought"].(type) {
	case *mcp.CreateMessageResult:
		if text, ok := answer.Content.(*mcp.TextContent); ok {
			return said("thought " + text.Text), nil, nil
		}
	case *mcp.CreateMessageWithToolsResult:
		if text, ok := answer.Content[0].(*mcp.TextContent); ok {
			return said("thought " + text.Text), nil, nil
		}
	}
	return &mcp.CallToolResult{InputRequests: mcp.InputRequestMap{"thought": &mcp.CreateMessageParams{
		Messages:  []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: "Where to?"}}},
		MaxTokens: 50,
	}}, RequestState: "asked"}, nil, nil
}

func main() {
	port := flag.Int("http", 0, "listen on this port instead of speaking on stdio")
	flag.Parse()
	server := newServer()
	if *port == 0 {
		if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			panic(err)
		}
		return
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		panic(err)
	}
	fmt.Printf("http://%s/mcp\n", listener.Addr())
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	panic(http.Serve(listener, handler))
}
