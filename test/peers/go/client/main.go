// The Go SDK as a client: URL, mode (auto or legacy), plan as JSON. Prints what each step brought as one JSON object.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type step struct {
	Kind    string         `json:"kind"`
	Name    string         `json:"name"`
	Args    map[string]any `json:"args"`
	URI     string         `json:"uri"`
	Trigger *step          `json:"trigger"`
}

type peer struct {
	session  *mcp.ClientSession
	progress atomic.Int32
	logs     atomic.Int32
	updates  chan string
}

const stepTime = 8 * time.Second

func main() {
	var plan map[string]step
	if err := json.Unmarshal([]byte(os.Args[3]), &plan); err != nil {
		panic(err)
	}
	p := &peer{updates: make(chan string, 64)}
	client := mcp.NewClient(&mcp.Implementation{Name: "interop-go", Version: "1.0.0"}, p.options())
	options := &mcp.ClientSessionOptions{}
	if os.Args[2] == "legacy" {
		options.ProtocolVersion = "2025-11-25"
	}
	ctx := context.Background()
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: os.Args[1]}, options)
	if err != nil {
		panic(err)
	}
	p.session = session
	out := map[string]any{}
	for _, name := range order(plan) {
		stepCtx, cancel := context.WithTimeout(ctx, stepTime)
		value, err := p.run(stepCtx, plan[name])
		cancel()
		if err != nil {
			out[name] = map[string]any{"error": err.Error()}
		} else {
			out[name] = map[string]any{"ok": value}
		}
	}
	version := session.InitializeResult().ProtocolVersion
	encoded, err := json.Marshal(map[string]any{"version": version, "steps": out})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(encoded))
	_ = session.Close()
}

func order(plan map[string]step) []string {
	var names []string
	_ = json.Unmarshal([]byte(os.Args[4]), &names)
	return names
}

func (p *peer) options() *mcp.ClientOptions {
	return &mcp.ClientOptions{
		ElicitationHandler: func(context.Context, *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return &mcp.ElicitResult{Action: "accept", Content: map[string]any{"name": "Ada"}}, nil
		},
		CreateMessageHandler: func(context.Context, *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			return &mcp.CreateMessageResult{
				Role: "assistant", Model: "compass", Content: &mcp.TextContent{Text: "due north"},
			}, nil
		},
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) { p.progress.Add(1) },
		LoggingMessageHandler:       func(context.Context, *mcp.LoggingMessageRequest) { p.logs.Add(1) },
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) {
			p.updates <- req.Params.URI
		},
	}
}

func (p *peer) run(ctx context.Context, s step) (any, error) {
	switch s.Kind {
	case "list":
		var names []string
		for tool, err := range p.session.Tools(ctx, nil) {
			if err != nil {
				return nil, err
			}
			names = append(names, tool.Name)
		}
		return names, nil
	case "call":
		return p.call(ctx, s)
	case "progress":
		p.progress.Store(0)
		if _, err := p.call(ctx, s); err != nil {
			return nil, err
		}
		return p.progress.Load(), nil
	case "cancel":
		short, cancel := context.WithTimeout(ctx, 700*time.Millisecond)
		defer cancel()
		begun := time.Now()
		_, err := p.call(short, s)
		return map[string]any{"cancelled": err != nil, "ms": time.Since(begun).Milliseconds()}, nil
	case "read":
		return p.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: s.URI})
	case "subscribe":
		return p.subscribe(ctx, s)
	case "log":
		p.logs.Store(0)
		// The modern era asks with each request.
		if p.session.InitializeResult().ProtocolVersion < "2026" {
			if err := p.session.SetLoggingLevel(ctx, &mcp.SetLoggingLevelParams{Level: "debug"}); err != nil {
				return nil, err
			}
		}
		if _, err := p.call(ctx, s); err != nil {
			return nil, err
		}
		return wait(ctx, func() bool { return p.logs.Load() > 0 })
	}
	return nil, fmt.Errorf("no step %s", s.Kind)
}

func (p *peer) call(ctx context.Context, s step) (*mcp.CallToolResult, error) {
	params := &mcp.CallToolParams{Name: s.Name, Arguments: s.Args}
	if s.Kind == "progress" {
		params.SetProgressToken("p1")
	}
	if s.Kind == "log" {
		params.Meta = mcp.Meta{"io.modelcontextprotocol/logLevel": "debug"}
	}
	return p.session.CallTool(ctx, params)
}

func (p *peer) subscribe(ctx context.Context, s step) (any, error) {
	if err := p.session.Subscribe(ctx, &mcp.SubscribeParams{URI: s.URI}); err != nil {
		return nil, err
	}
	time.Sleep(300 * time.Millisecond)
	if _, err := p.call(ctx, *s.Trigger); err != nil {
		return nil, err
	}
	for {
		select {
		case uri := <-p.updates:
			if strings.HasSuffix(uri, s.URI) {
				return uri, nil
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func wait(ctx context.Context, holds func() bool) (any, error) {
	for !holds() {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return true, nil
}
