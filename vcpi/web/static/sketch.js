// The sketcher: what is drawn stands as SMILES in the box below, and the other way round.
import { CanvasEditor, Molecule } from "./openchemlib.js";

const place = document.querySelector("[data-sketcher]");
const smiles = document.getElementById("smiles");
const smarts = document.getElementById("smarts");
const note = document.querySelector("[data-sketch-note]");
const copy = document.querySelector("[data-copy]");

// Fingers need larger signs than a mouse: the editor takes their size from this ratio, and that of its canvas from the
// true one, which it has read already.
if (matchMedia("(pointer: coarse), (max-width: 46rem)").matches) {
  Object.defineProperty(globalThis, "devicePixelRatio", { value: 1.75 * (globalThis.devicePixelRatio || 1), configurable: true });
}
place.hidden = false;
const editor = new CanvasEditor(place, { initialMode: "molecule" });
note.textContent = "Draw, or paste SMILES below: each follows the other.";
copy.hidden = false;
copy.addEventListener("click", () => {
  smarts.value = smiles.value;
  smarts.dispatchEvent(new Event("input"));
});

editor.setOnChangeListener((event) => {
  if (event.type !== "molecule" || !event.isUserEvent) return; // what was pasted stays as it was written
  smiles.value = editor.getMolecule().toIsomericSmiles();
  smiles.dispatchEvent(new Event("vcpi:drawn"));
});
const read = () => {
  const text = smiles.value.trim();
  if (!text) return;
  try {
    editor.setMolecule(Molecule.fromSmiles(text));
    note.textContent = "Draw, or paste SMILES below: each follows the other.";
  } catch {
    note.textContent = "The editor does not draw this SMILES; what is wrong with it, if anything, stands beside the box.";
  }
};
smiles.addEventListener("change", read);
read();
place.dataset.ready = "1";
