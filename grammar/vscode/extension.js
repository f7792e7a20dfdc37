// Starts `placelang lsp` and lets it do the work.

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

function activate() {
  const command = workspace.getConfiguration("placelang").get("path");
  const server = { command, args: ["lsp"] };
  const selector = ["file", "untitled"].map((scheme) => ({ scheme, language: "placelang" }));
  client = new LanguageClient("placelang", "placelang", server, { documentSelector: selector });
  return client.start();
}

function deactivate() {
  return client ? client.stop() : undefined;
}

module.exports = { activate, deactivate };
