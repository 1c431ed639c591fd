// The sketcher: what is drawn stands as SMILES in the box below, and the other way round.
import { CanvasEditor, Molecule } from "./openchemlib.js";

const place = document.querySelector("[data-sketcher]");
const smiles = document.getElementById("smiles");
const smarts = document.getElementById("smarts");
const note = document.querySelector("[data-sketch-note]");
const copy = document.querySelector("[data-copy]");

place.hidden = false;
const editor = new CanvasEditor(place, { initialMode: "molecule" });
note.textContent = "Draw, or paste SMILES below: each follows the other.";
copy.hidden = false;
copy.addEventListener("click", () => { smarts.value = smiles.value; });

editor.setOnChangeListener((event) => {
  if (event.type !== "molecule" || !event.isUserEvent) return; // what was pasted stays as it was written
  smiles.value = editor.getMolecule().toIsomericSmiles();
});
const read = () => {
  const text = smiles.value.trim();
  if (!text) return;
  try {
    editor.setMolecule(Molecule.fromSmiles(text));
    note.textContent = "Draw, or paste SMILES below: each follows the other.";
  } catch {
    note.textContent = "The editor cannot draw this SMILES; the search may still read it.";
  }
};
smiles.addEventListener("change", read);
read();
place.dataset.ready = "1";
