# One image for every service of docker-compose.yml. The program comes in as its wheel; what it needs is installed before it,
# so that a change of the program installs nothing else again. No compiler, no pip cache, no root in the last stage.
FROM python:3.12.11-slim-bookworm AS wheel
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/source
COPY constraints.txt ./
RUN python -m pip install --constraint constraints.txt hatchling
COPY pyproject.toml hatch_build.py README.md ./
COPY redaction redaction
COPY sql sql
COPY expectations expectations
COPY templates templates
COPY dags dags
COPY source source
COPY docker docker
RUN python docker/requirements.py pyproject.toml celery certificates pages s3 > /opt/source/requirements.txt
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir /opt/source/wheel .

FROM python:3.12.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/build
RUN python -m venv /opt/venv
COPY constraints.txt ./
COPY --from=wheel /opt/source/requirements.txt ./
# asyncpg: Airflow's own driver of PostgreSQL besides psycopg2.
RUN /opt/venv/bin/python -m pip install --constraint constraints.txt --requirement requirements.txt asyncpg
COPY --from=wheel /opt/source/wheel wheel
RUN /opt/venv/bin/python -m pip install --no-deps wheel/redaction-*.whl

FROM python:3.12.11-slim-bookworm
RUN useradd --uid 50000 --create-home redaction \
 && install -d -o redaction -g redaction /var/lib/redaction /var/lib/redaction/home /var/lib/redaction/ledger /var/lib/redaction/airflow
COPY --from=build /opt/venv /opt/venv
COPY docker /opt/redaction/docker
WORKDIR /opt/redaction
# A setting of the environment, or of redaction.env, stands above these.
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    AIRFLOW_HOME=/var/lib/redaction/airflow \
    REDACTION_HOME=/var/lib/redaction/home \
    REDACTION_LEDGER_URL=/var/lib/redaction/ledger \
    REDACTION_SHARED_URL=/var/lib/redaction/home \
    PYTHONUNBUFFERED=1
USER redaction
CMD ["redaction", "--help"]
