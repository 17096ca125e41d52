// Uses a running server as a program does that has golang.org/x/oauth2: `oauth URL CLIENT SECRET`. Ends with 1 and a reason if
// anything is otherwise than RFC 6749, RFC 7009 and RFC 7662 say.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

var server, clientID, secret = os.Args[1], os.Args[2], os.Args[3]

func main() {
	for _, client := range []*oauth2.Config{
		{ClientID: "a-native-app", Endpoint: endpoint(oauth2.AuthStyleInParams)},
		{ClientID: clientID, ClientSecret: secret, Endpoint: endpoint(oauth2.AuthStyleInHeader)},
		// Without a style the library finds out which one the server takes.
		{ClientID: clientID, ClientSecret: secret, Endpoint: endpoint(oauth2.AuthStyleAutoDetect)},
	} {
		use(client)
	}
	wrong := &oauth2.Config{ClientID: clientID, ClientSecret: "wrong", Endpoint: endpoint(oauth2.AuthStyleInHeader)}
	_, err := refresh(wrong, signIn())
	expectError(err, "invalid_client")
}

// One session of a client: refresh, use, introspect, revoke, and what comes after.
func use(client *oauth2.Config) {
	first := signIn()
	token, err := refresh(client, first)
	check(err)
	expect("a new refresh token", token.RefreshToken != first && token.RefreshToken != "")
	expect("a life of the access token", time.Until(token.Expiry) > 25*time.Minute)
	expect("a Bearer token", token.Type() == "Bearer")

	me, err := client.Client(context.Background(), token).Get(server + "/api/v1/auth/me")
	check(err)
	expect("the user of the token", me.StatusCode == http.StatusOK)

	status, answer := form("introspect", url.Values{"token": {token.AccessToken}}, true)
	expect("an active token", status == http.StatusOK && answer["active"] == true && answer["client_id"] == client.ClientID)

	status, _ = form("revoke", url.Values{"token": {token.RefreshToken}, "client_id": {client.ClientID}}, client.ClientSecret != "")
	expect("a revocation", status == http.StatusOK)
	_, answer = form("introspect", url.Values{"token": {token.AccessToken}}, true)
	expect("nothing but that the token is not active", len(answer) == 1 && answer["active"] == false)
	_, err = refresh(client, token.RefreshToken)
	expectError(err, "invalid_grant")
	_, err = refresh(client, "x")
	expectError(err, "invalid_grant")
}

func endpoint(style oauth2.AuthStyle) oauth2.Endpoint {
	return oauth2.Endpoint{TokenURL: server + "/oauth2/token", AuthStyle: style}
}

func refresh(client *oauth2.Config, token string) (*oauth2.Token, error) {
	return client.TokenSource(context.Background(), &oauth2.Token{RefreshToken: token}).Token()
}

// A refresh token of a new user.
func signIn() string {
	credentials := map[string]string{
		"email":    fmt.Sprintf("go-%d@example.com", time.Now().UnixNano()),
		"password": "correct horse battery staple",
	}
	post(credentials, "register", http.StatusCreated)
	return post(credentials, "login", http.StatusOK)["refresh_token"].(string)
}

func post(body any, path string, status int) map[string]any {
	text, err := json.Marshal(body)
	check(err)
	answer, err := http.Post(server+"/api/v1/auth/"+path, "application/json", bytes.NewReader(text))
	check(err)
	expect(path, answer.StatusCode == status)
	return decoded(answer)
}

func form(path string, values url.Values, authenticated bool) (int, map[string]any) {
	request, err := http.NewRequest(http.MethodPost, server+"/oauth2/"+path, strings.NewReader(values.Encode()))
	check(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if authenticated {
		request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret))
	}
	answer, err := http.DefaultClient.Do(request)
	check(err)
	return answer.StatusCode, decoded(answer)
}

func decoded(answer *http.Response) map[string]any {
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	check(err)
	found := map[string]any{}
	if len(text) > 0 {
		check(json.Unmarshal(text, &found))
	}
	return found
}

func expectError(err error, code string) {
	var failure *oauth2.RetrieveError
	expect("an error of OAuth, not "+fmt.Sprint(err), errors.As(err, &failure))
	expect(code+", not "+failure.ErrorCode, failure.ErrorCode == code && failure.ErrorDescription != "")
}

func expect(what string, holds bool) {
	if !holds {
		check(fmt.Errorf("expected %s", what))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
