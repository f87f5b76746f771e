document.querySelector("main").textContent =
  "This uavlake was built without its web page: run tools/install build, and build again. The API works.";
